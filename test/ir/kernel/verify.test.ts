/** A broken kernel for each invariant. */
import { describe, expect, test } from "vitest";
import type { Expr, Kernel, Reduction } from "../../../src/ir/kernel/kernel.js";
import { kernelInvariants, verifyKernel, type KernelInvariant } from "../../../src/ir/kernel/verify.js";
import { axis, buffer, kernelOf } from "./kernels.js";

const x = buffer("x", ["time", 4], { role: "input" });
const w = buffer("w", [4, 4], { role: "parameter" });
const ids = buffer("ids", ["time"], { element: "int32" });
const h = buffer("h", [4], { role: "state" });
const z = buffer("z", [4]);
const packed = buffer("packed", [2, 2, 4], { role: "prepared", lanes: true });
const all = [x, w, ids, h, z, packed];

const sound = kernelOf(
  `kernel k stage 0 (t:time, j:4) {
    for i:4 at (t) {
      a0 = max x[t,i]
    }
    for k:4 {
      a1 = sum w[j,k] * exp(x[t,k] - a0) from h[j]
    }
    for k:4 {
      a2 = argmax x[t,k]
    }
    z[j] = select(ids[t] < 3, a1, real(a2))
  }`,
  all,
);
const [t, j] = sound.space;
const [outer, inner, which] = sound.reductions;
const [store] = sound.stores;
if (t === undefined || j === undefined || outer === undefined || inner === undefined || which === undefined || store === undefined) throw new Error("the kernel has lost its parts");

const number = (value: number, kind: Expr["kind"] = "int"): Expr => ({ op: "number", kind, value });
const along = (each: typeof t): Expr => ({ op: "axis", kind: "int", axis: each });
const result = (reduction: Reduction, kind: Expr["kind"] = "real"): Expr => ({ op: "result", kind, reduction, slot: 0 });
const storing = (value: Expr, index: readonly Expr[] = [along(j)]): Kernel => ({ ...sound, stores: [{ ...store, index, value }] });
const twoLargest: Reduction = { ...outer, accumulators: [{ f: "top", k: 2, value: number(1, "real"), source: undefined }] };
/** With only the reductions given: a store may not use the others. */
const reducing = (reductions: readonly Reduction[]): Kernel => ({ ...storing(number(0, "real")), reductions });
const folding = (change: Partial<Reduction["accumulators"][number]>): Kernel => reducing([outer, { ...inner, accumulators: [{ f: "sum", value: number(1, "real"), source: undefined, ...change }] }]);
const text = (body: string, outer = "t:3"): Kernel => kernelOf(`kernel k stage 0 (${outer}, j:4) {\n${body}\n}`, all);

const broken: { readonly [I in KernelInvariant]: readonly (readonly [string, Kernel])[] } = {
  1: [
    ["two axes of one name", { ...sound, space: [t, j, axis("t", 4)] }],
    ["an axis twice", { ...storing(number(0, "real")), reductions: [], space: [t, t] }],
  ],
  2: [
    ["no axes", reducing([outer, { ...inner, axes: [] }])],
    ["no accumulators", reducing([outer, { ...inner, accumulators: [] }])],
    ["too deep", reducing([outer, { ...inner, depth: 3 }])],
    ["listed twice", reducing([outer, outer])],
  ],
  3: [
    ["a deeper axis", reducing([{ ...outer, depth: 0 }])],
    ["an axis of another reduction", storing({ op: "load", kind: "real", buffer: h, index: [along(inner.axes[0] ?? t)] })],
    ["a start along the reduction's own axis", folding({ start: { op: "load", kind: "real", buffer: h, index: [along(inner.axes[0] ?? t)] } })],
    ["the axis of no loop", storing({ op: "load", kind: "real", buffer: h, index: [along(axis("free", 4))] })],
  ],
  4: [
    ["not listed", { ...sound, reductions: [outer, which] }],
    ["listed later", { ...sound, reductions: [inner, outer, which] }],
    ["a deeper one", reducing([outer, inner, { ...outer, accumulators: [{ f: "sum", value: result(inner), source: undefined }], axes: [axis("n", 4)] }])],
  ],
  5: [
    ["no such slot", storing({ op: "result", kind: "real", reduction: inner, slot: 1 })],
    ["a rank of a sum", storing({ op: "result", kind: "real", reduction: inner, slot: 0, rank: number(0), part: "values" })],
    ["top without a rank", { ...storing(result(twoLargest)), reductions: [twoLargest] }],
  ],
  6: [
    ["too few indices", storing({ op: "load", kind: "real", buffer: w, index: [along(j)] })],
    ["an index that is real", storing({ op: "load", kind: "real", buffer: h, index: [number(1, "real")] })],
    ["a store with too many", storing(number(0, "real"), [along(j), along(j)])],
  ],
  7: [
    ["a kind that does not follow", storing({ op: "unary", kind: "int", f: "tanh", arg: number(1, "real") })],
    ["a condition that is a number", storing({ op: "select", kind: "real", condition: number(1), yes: number(1, "real"), no: number(2, "real") })],
    ["arithmetic of conditions", storing({ op: "unary", kind: "real", f: "exp", arg: number(1, "condition") })],
    ["a condition in float32", storing(number(1, "condition"))],
    ["integers as conditions", storing({ op: "select", kind: "real", condition: { op: "load", kind: "condition", buffer: h, index: [along(j)] }, yes: number(1, "real"), no: number(2, "real") })],
    ["a sum of conditions", folding({ value: number(1, "condition") })],
    ["a counter that is real", storing({ op: "draw", kind: "real", site: 0, counters: [number(1, "real")] })],
  ],
  8: [
    ["a start of argmax", folding({ f: "argmax", start: number(0) })],
    ["argmax over two axes", reducing([outer, { ...inner, axes: [axis("a", 2), axis("b", 2)], accumulators: [{ f: "argmax", value: number(1, "real"), source: undefined }] }])],
    ["top without k", folding({ f: "top" })],
    ["top of none", folding({ f: "top", k: 0 })],
    ["a sum with k", folding({ f: "sum", k: 3 })],
  ],
  9: [
    ["nothing stored", { ...sound, stores: [] }],
    ["a parameter stored", { ...sound, stores: [{ ...store, buffer: w, index: [along(j), number(0)] }] }],
  ],
  10: [
    ["the whole state read while it is stored", text("for k:4 {\n a0 = sum h[k]\n}\nh[j] = a0")],
    ["a neighbour read", text("h[j] = h[(j + 1) % 4]")],
  ],
  11: [
    ["a lane that is not known", text("z[j] = packed[j,0,0]")],
    ["lanes without their tile", text("z[j] = packed[j % 2,floor(j / 2),0]")],
  ],
  12: [
    ["too short", { ...sound, tile: [2] }],
    ["of nothing", { ...sound, tile: [1, 0] }],
    ["around a window", { ...text("for k:4[0 .. t] {\n a0 = sum h[k]\n}\nz[j] = a0"), tile: [2, 1] }],
    ["around top", { ...text("for k:4 {\n a0 = top 2 h[k]\n}\nz[j] = a0.values(0)"), tile: [1, 2] }],
  ],
  13: [
    ["as often as there are steps", text("z[j] = h[j]", "t:time")],
    ["as often as a window has positions", text("z[j] = h[j]", "t:4[1 .. 3]")],
  ],
};

test("a sound kernel has no violations", () => {
  expect(verifyKernel(sound)).toEqual([]);
  expect(verifyKernel({ ...text("z[j] = packed[j % 2,floor(j / 2),0]"), tile: [1, 2] })).toEqual([]);
  // In place, at its own position; another part, as the numbers show.
  expect(verifyKernel(text("h[j] = h[j] * 2.0"))).toEqual([]);
  expect(verifyKernel(kernelOf("kernel k stage 0 () {\n h[2] = h[0]\n}", all))).toEqual([]);
});

describe.each(Object.entries(broken))("invariant %s", (id, cases) => {
  const name = kernelInvariants[Number(id) as KernelInvariant];
  test.each(cases)(`${name}: %s`, (_, kernel) => {
    expect(verifyKernel(kernel).some((violation) => violation.startsWith(`kernel k: ${name}: `)), verifyKernel(kernel).join("\n")).toBe(true);
  });
});
