/** Kernels that read more than may be, taken apart; and that it means the same. */
import { describe, expect, test } from "vitest";
import { loadedBuffers } from "../../../src/ir/kernel/traverse.js";
import { interpretProgram } from "../../../src/ir/program/interpret.js";
import { parseProgram } from "../../../src/ir/program/parse.js";
import type { Program } from "../../../src/ir/program/program.js";
import { programKernels } from "../../../src/ir/program/traverse.js";
import { verifyProgram } from "../../../src/ir/program/verify.js";
import { limitLoads } from "../../../src/passes/program/limit-loads.js";

const names = ["a", "b", "c", "d", "e"];

/** A value of five inputs, of which no kernel may read more than three. */
function program(value: string, before = ""): Program {
  return parseProgram(`program net () {
${names.map((name) => `  input ${name} = ${name} [4]`).join("\n")}
  output y = y [4]
${names.map((name) => `  buffer ${name}: input float32[4]`).join("\n")}
  buffer y: output float32[4]
  body {
    kernel all stage 0 (j:4) {
      ${before}
      y[j] = ${value}
    }
  }
}`);
}

function inputs(sign: number): Record<string, Float32Array> {
  return Object.fromEntries(names.map((name, i) => [name, Float32Array.from({ length: 4 }, (_, j) => sign * Math.sin(3 * i + j))]));
}

describe("of five inputs three at a time:", () => {
  test.each([
    { what: "a sum", value: "(a[j] + b[j]) + ((c[j] + d[j]) * e[j])" },
    { what: "a sum over products", value: "a0 + e[j]", before: "for k:4 {\n a0 = sum ((a[k] * b[k]) + (c[k] * d[k]))\n }" },
    { what: "one side of a selection", value: "select(a[j] < 0.0, (b[j] + c[j]) + (d[j] + e[j]), 1.0)" },
    { what: "the other side", value: "select(a[j] < 0.0, 1.0, (b[j] * c[j]) + (d[j] * e[j]))" },
    { what: "both sides", value: "select(a[j] < 0.0, b[j] * c[j], d[j] + e[j])" },
    { what: "an index that is legal behind its test only", value: "select(j < 3, (a[(j + 1)] * b[(j + 1)]) + ((c[(j + 1)] * d[(j + 1)]) + e[(j + 1)]), a[j])" },
    { what: "a selection in a sum", value: "a0 + 1.0", before: "for k:4 {\n a0 = sum (select(a[k] < 0.0, b[k] * c[k], d[k] * e[k]))\n }" },
    { what: "a sum in a side, and what it sums beside it", value: "select(e[j] < 0.0, (a0 + a[j]) + (c[j] * d[j]), 1.0)", before: "for k:4 {\n a0 = sum (a[k] * b[k])\n }" },
  ])("$what", ({ value, before }) => {
    const original = program(value, before);
    const made = limitLoads({ loads: 3 })(original);
    expect(verifyProgram(made)).toEqual([]);
    for (const kernel of programKernels(made.body)) expect(loadedBuffers(kernel).size, kernel.name).toBeLessThanOrEqual(3);
    for (const sign of [1, -1]) expect(interpretProgram(made, { inputs: inputs(sign) })).toEqual(interpretProgram(original, { inputs: inputs(sign) }));
  });
});

test("a side in a side, behind both tests", () => {
  const original = program("select(a[j] < 0.0, select(b[j] < 0.0, (c[j] * d[j]) + e[j], 1.0), 2.0)");
  const made = limitLoads({ loads: 4 })(original);
  expect(verifyProgram(made)).toEqual([]);
  expect(programKernels(made.body).map((kernel) => loadedBuffers(kernel).size)).toEqual([4, 4]);
  for (const sign of [1, -1]) expect(interpretProgram(made, { inputs: inputs(sign) })).toEqual(interpretProgram(original, { inputs: inputs(sign) }));
});

test("what can be read at once stays as it is", () => {
  const original = program("select(a[j] < 0.0, b[j] * c[j], c[j])");
  expect(programKernels(limitLoads({ loads: 3 })(original).body)).toEqual(programKernels(original.body));
});
