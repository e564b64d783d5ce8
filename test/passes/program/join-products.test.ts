/** Products that go on from each other's sums become one, of pairs. */
import { describe, expect, test } from "vitest";
import { interpretProgram } from "../../../src/ir/program/interpret.js";
import { parseProgram } from "../../../src/ir/program/parse.js";
import type { Program } from "../../../src/ir/program/program.js";
import { programKernels } from "../../../src/ir/program/traverse.js";
import { verifyProgram } from "../../../src/ir/program/verify.js";
import { joinProducts } from "../../../src/passes/program/join-products.js";
import { differences } from "../../support/rounded.js";

/** W x + U h, two sums each, the second product's in another order; W transposed. */
const program = (terms = 6, start = "a1"): Program => parseProgram(`program net () {
  input x = x [${terms}]
  input h = h [4]
  parameter w = w [${terms},10]
  parameter u = u [10,4]
  output y = y [5]
  output z = z [5]
  buffer x: input float32[${terms}]
  buffer h: input float32[4]
  buffer w: parameter float32[${terms},10]
  buffer u: parameter float32[10,4]
  buffer y: output float32[5]
  buffer z: output float32[5]
  body {
    kernel both stage 0 (j:5) {
      for k:${terms} {
        v0 = x[k]
        a0 = sum (w[k,j] * v0) from 0.5
        a1 = sum (w[k,(j + 5)] * v0)
      }
      for k2:4 {
        v1 = h[k2]
        a2 = sum (u[j,k2] * v1) from ${start}
        a3 = sum (v1 * u[(j + 5),k2]) from a0
      }
      y[j] = a2
      z[j] = a3
    }
  }
}`);

const numbers = (count: number, seed: number): number[] => Array.from({ length: count }, (_, i) => Math.sin(seed + 1.7 * i));
const join = (before: Program, options: Partial<Parameters<typeof joinProducts>[0]> = {}): Program => joinProducts({ sums: 2, elements: 1000, smallest: 1, ...options })(before);

test("one loop over half of the terms, and the same numbers", () => {
  const joined = join(program());
  expect(verifyProgram(joined)).toEqual([]);
  const [first, second, product] = programKernels(joined.body);
  expect([first, second].map((kernel) => kernel?.stores.length)).toEqual([2, 2]);
  expect(product?.reductions.map(({ axes }) => axes.map(({ extent }) => extent.length.constant))).toEqual([[5]]);
  const options = { inputs: { x: numbers(6, 1), h: numbers(4, 2) }, parameters: { w: numbers(60, 3), u: numbers(40, 4) } };
  expect(differences(interpretProgram(joined, options), interpretProgram(program(), options), 1e-12)).toEqual([]);
});

describe("what stays as it is", () => {
  test.each([
    ["an odd number of terms", program(7), {}],
    ["sums that do not all go on", program(6, "0.5"), {}],
    ["another number of sums", program(), { sums: 3 }],
    ["weights that are too large", program(), { elements: 24 }],
  ] as const)("%s", (_, before, options) => expect(join(before, options).body).toEqual(before.body));
});
