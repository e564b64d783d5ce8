/** Where the bias of a product is added that was taken out of a loop. */
import { expect, test } from "vitest";
import { readModels } from "../../../src/frontend/index.js";
import { programKernels } from "../../../src/ir/program/traverse.js";
import { lowerGraph } from "../../../src/passes/lower/index.js";
import { defined } from "../../../src/support/invariant.js";
import { hoisted } from "../../random/hoisted.js";

const text = `import { linear, scan, sigmoid, tanh, zeros, type Seq, type Vec } from "gatefold";
export function net(xs: Seq<"time", Vec<3>>) {
  const { h } = scan(xs, { h: zeros(4) }, (x, { h }) => {
    const gate = linear(x, 4) + linear(h, 4);
    const candidate = linear(x, 4) + linear(h, 4);
    const keep = sigmoid(gate);
    return { h: keep * h + (1 - keep) * tanh(candidate) };
  });
  return { h };
}
`;

test("it is added before the loop, once for each step, and what is stored is called as its sum", () => {
  const { models } = readModels({ file: "net.model.ts", text }, { resolve: () => undefined }, {});
  const program = lowerGraph(hoisted(defined(models[0], "a model").graph));
  const loop = defined(program.body.find((instruction) => instruction.op === "loop"), "a loop");
  const starts = (kernels: ReturnType<typeof programKernels>) => kernels.flatMap(({ reductions }) => reductions.flatMap(({ accumulators }) => accumulators.map(({ start }) => start)));
  const before = programKernels(program.body.filter((instruction) => instruction !== loop)).filter(({ reductions }) => reductions.length > 0);
  expect(starts(before).map((start) => (start?.op === "load" ? start.buffer.role : start?.op))).toEqual(["prepared", "prepared"]);
  expect(starts(programKernels([loop])).map((start) => (start?.op === "load" ? start.buffer.role : start?.op))).toEqual(["temporary", "temporary"]);
  expect(before.flatMap(({ stores }) => stores.map(({ buffer }) => buffer.source))).toEqual(["gate", "candidate"]);
});
