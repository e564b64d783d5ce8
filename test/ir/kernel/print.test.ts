import { describe, expect, test } from "vitest";
import type { Kernel } from "../../../src/ir/kernel/kernel.js";
import { BufferNames, printLength, quoteAxis, quoteName } from "../../../src/ir/kernel/names.js";
import { parseKernel } from "../../../src/ir/kernel/parse.js";
import { printKernel } from "../../../src/ir/kernel/print.js";
import { TokenReader } from "../../../src/ir/kernel/tokens.js";
import { verifyKernel } from "../../../src/ir/kernel/verify.js";
import { addLengths, fixedLength, floorDivideLength, freeLength, lengthText, scaleLength } from "../../../src/ir/graph/length.js";
import { axis, buffer, kernelOf } from "./kernels.js";

const x = buffer("x", ["time", 3], { role: "input" });
const w = buffer("layer.0.weight", [4, 3], { role: "parameter" });
const ids = buffer("ids", ["time"], { element: "int32" });
const h = buffer("h", [4], { role: "state" });
const odd = buffer("not a word", [4]);
const y = buffer("y", ["time", 4], { role: "output" });
const s = buffer("s", []);
const counts = buffer("counts", [9], { element: "int32" });
const all = [x, w, ids, h, odd, y, s, counts];

const texts = {
  "a cell": `
kernel step stage 0 (t:time, j:4) {
  for k:3 {
    v0 = x[t,k]
    a0 = sum (layer.0.weight[j,k] * v0) from h[j]
    a1 = max v0
  }
  v1 = tanh(a0)
  y[t,j] = (v1 * sigmoid(a1))
  "not a word"[j] = v1
}
`,
  "a softmax: reductions before the loop that needs them": `
kernel softmax stage 2 (t:time, j:4) {
  for k:4 at (t) {
    a0 = max y[t,k]
  }
  for k:4 at (t) {
    a1 = sum exp(y[t,k] - a0)
  }
  "not a word"[j] = (exp(y[t,j] - a0) / a1)
}
`,
  "windows, argmax and top": `
kernel find stage 1 (t:time) {
  for k:4[(t - 2) .. (t + 1)] {
    a0 = argmax h[k]
  }
  for i:4 at () {
    a1 = top 3 h[i]
  }
  ids[t] = (a0 + a1.ids(0))
  "not a word"[a1.ids(1)] = a1.values(minimum(t, 2))
}
`,
  "every kind of expression": `
kernel odds stage 0 () {
  v0 = ids[0]
  v1 = (v0 + 1)
  s[] = select((v0 < 3) && not(v0 == 2), draw(7, v0, v1), select(true, -Infinity, real(v1 * -2)))
  counts[floor(v0 / 2)] = (length(2*time+1) % 5)
  h[0] = power(2.0, -0.5)
  h[1] = (1e-7 - maximum(NaN, 1.5e+30))
}
`,
  "a tile": `
kernel tiled stage 0 (t:time, j:4) tile (1, 2) {
  y[t,j] = 0.0
}
`,
};

describe("the text of a kernel", () => {
  test.each(Object.entries(texts))("%s prints, parses and prints again", (_, text) => {
    const kernel = kernelOf(text, all);
    expect(printKernel(kernel)).toBe(text.trimStart());
    expect(verifyKernel(kernel)).toEqual([]);
  });

  test("does not show which objects are shared", () => {
    const kernel = kernelOf(texts["a cell"], all);
    const copy = (value: unknown, known = new Map<unknown, unknown>()): unknown => {
      // Everything anew, except what has an identity: buffers, axes, reductions.
      if (typeof value !== "object" || value === null) return value;
      const identity = "role" in value || "extent" in value || "accumulators" in value;
      if (identity && known.has(value)) return known.get(value);
      const made: Record<string, unknown> | unknown[] = Array.isArray(value) ? [] : {};
      if (identity) known.set(value, "role" in value ? value : made);
      if ("role" in value) return value;
      for (const [key, each] of Object.entries(value)) (made as Record<string, unknown>)[key] = copy(each, known);
      return made;
    };
    expect(printKernel(copy(kernel) as Kernel)).toBe(texts["a cell"].trimStart());
  });

  test("reductions that share an axis are kept apart", () => {
    const kernel = kernelOf(texts["a softmax: reductions before the loop that needs them"], all);
    const [first, second] = kernel.reductions;
    if (first === undefined || second === undefined) throw new Error("two reductions were due");
    const shared = { ...kernel, reductions: [{ ...first, axes: second.axes }, second] };
    expect(verifyKernel(shared)[0]).toMatch(/scope: k is used where it is not bound/);
    expect(printKernel(kernel)).toContain("for k:4 at (t) {");
  });

  test("in canonical form tells nothing of the names", () => {
    const kernel = kernelOf(texts["a cell"], all);
    const names = new BufferNames(true);
    expect(printKernel(kernel, { canonical: true, names, name: "k0" })).toBe(`kernel k0 stage 0 (t:time, j:4) {
  for k:3 {
    v0 = x0[t,k]
    a0 = sum (w0[j,k] * v0) from s0[j]
    a1 = max v0
  }
  v1 = tanh(a0)
  y0[t,j] = (v1 * sigmoid(a1))
  m0[j] = v1
}
`);
  });

  test("may tell what the source calls its values", () => {
    const kernel = kernelOf("kernel k stage 0 (j:4) {\n  h[j] = 1.0\n}", all);
    const named = { ...kernel, stores: kernel.stores.map((store) => ({ ...store, source: "new\n} state" })) };
    expect(printKernel(named, { comments: true })).toContain("h[j] = 1.0  // new } state\n");
    expect(printKernel(kernelOf(printKernel(named, { comments: true }), all))).toBe(printKernel(kernel));
    expect(printKernel(named, { canonical: true, comments: true })).not.toContain("state");
  });

  test("knows the axes of loops around it", () => {
    const t = axis("t", "time");
    const text = "kernel k stage 0 (j:4) {\n  y[t,j] = 0.0\n}\n";
    expect(printKernel(kernelOf(text, all, [t]))).toBe(text);
    expect(() => kernelOf(text, all)).toThrow(`line 2: "t" is no axis, value or accumulator; it stands before this, not ","`);
  });
});

describe("names", () => {
  test.each(["time", "v1x", "encoder", "_"])("%s stands as it is", (name) => expect(quoteAxis(name)).toBe(name));
  test.each(["v0", "a12", "true", "two words", "a.b", "", "1", 'q"', "line\n", "\u2028"])("%j is quoted as an axis", (name) => {
    expect(quoteAxis(name)).not.toContain("\u2028");
    expect(JSON.parse(quoteAxis(name))).toBe(name);
  });
  test("dots belong to names of buffers", () => {
    expect(quoteName("layer.0.weight")).toBe("layer.0.weight");
    expect(quoteName("layer..weight")).toBe('"layer..weight"');
  });
  test("two buffers of one name are told apart", () => {
    const names = new BufferNames(false);
    expect([names.name(buffer("h", [])), names.name(buffer("h", []))]).toEqual(["h", '"h#2"']);
  });
});

describe("lengths", () => {
  const time = freeLength("time");
  const odd = freeLength("my time");
  test.each([
    fixedLength(7),
    time,
    addLengths(scaleLength(time, 2), fixedLength(-1)),
    addLengths(odd, scaleLength(freeLength("floor"), -3)),
    floorDivideLength(addLengths(time, fixedLength(2)), 2),
    addLengths(floorDivideLength(addLengths(odd, time), 3), scaleLength(floorDivideLength(time, 2), 4)),
  ])("print and parse: %j", (length) => {
    expect(lengthText(new TokenReader(printLength(length)).length())).toBe(lengthText(length));
  });
});

describe("text that is none", () => {
  test.each([
    ["kernel k stage 0 (j:4) { h[j] = 1.0", 'line 1: expected a name, not the end'],
    ["kernel k stage x () {}", 'line 1: expected a whole number, not "x"'],
    ["kernel k stage 0 () {\n  nothing[] = 1.0\n}", 'line 2: there is no buffer "nothing" before this, not "["'],
    ["kernel k stage 0 () {\n  s[] = twist(1.0)\n}", "line 3: twist of 1 is not known; it stands before this"],
    ["kernel k stage 0 () {} more", 'line 1: expected the end, not "more"'],
    ["kernel k stage 0 () { s[] = 1.0 ; }", 'line 1: ";" begins nothing that is known here'],
  ])("%j", (text, message) => {
    expect(() => parseKernel(text, { buffer: (name) => all.find((each) => each.name === name) })).toThrow(message);
  });
});
