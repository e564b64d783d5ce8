/** Kernels that do the same with different buffers become one, where that is safe; and it means the same. */
import { describe, expect, test } from "vitest";
import { interpretProgram } from "../../../src/ir/program/interpret.js";
import { parseProgram } from "../../../src/ir/program/parse.js";
import type { Program } from "../../../src/ir/program/program.js";
import { programBuffers, programKernels } from "../../../src/ir/program/traverse.js";
import { verifyProgram } from "../../../src/ir/program/verify.js";
import { stackKernels } from "../../../src/passes/program/stack-kernels.js";

/** Two projections of an input, of which a third kernel makes the output. */
function program({ first = "wa", second = "wb", more = "", end = "a[i] - b[i]" }: { first?: string; second?: string; more?: string; end?: string } = {}): Program {
  return parseProgram(`program net () {
  input x = x [8]
  parameter va = va [4,8]
  parameter vb = vb [4,8]
  parameter ba = ba [4]
  parameter bb = bb [4]
  output y = y [4]
  output z = z [4]
  buffer x: input float32[8]
  buffer va: parameter float32[4,8]
  buffer vb: parameter float32[4,8]
  buffer ba: parameter float32[4]
  buffer bb: parameter float32[4]
  buffer wa: prepared float32[4,8]
  buffer wb: prepared float32[4,8]
  buffer a: temporary float32[4]
  buffer b: temporary float32[4]
  buffer c: temporary float32[4]
  buffer y: output float32[4]
  buffer z: output float32[4]
  prepare {
    kernel twice stage 0 (i:4, j:8) {
      wa[i,j] = (va[i,j] * 2.0)
      wb[i,j] = (vb[i,j] * 3.0)
    }
  }
  body {
    kernel one stage 0 (i:4) tile (4) {
      for k:8 {
        a0 = sum (${first}[i,k] * x[k]) from ba[i]
      }
      a[i] = a0
    }
    kernel two stage 0 (i:4) tile (4) {
      for k:8 {
        a0 = sum (${second}[i,k] * x[k]) from bb[i]
      }
      b[i] = a0
    }
    ${more}
    kernel end stage 2 (i:4) {
      y[i] = ${end}
      z[i] = a[i]
    }
  }
}`);
}

const numbers = (count: number, seed: number): Float32Array => Float32Array.from({ length: count }, (_, i) => Math.sin(seed * 10 + i));
const options = { inputs: { x: numbers(8, 1) }, parameters: { va: numbers(32, 2), vb: numbers(32, 3), ba: numbers(4, 4), bb: numbers(4, 5) } };

function stacked(original: Program, copied = 8): Program {
  const made = stackKernels({ copied })(original);
  expect(verifyProgram(made)).toEqual([]);
  expect(interpretProgram(made, options)).toEqual(interpretProgram(original, options));
  return made;
}

const names = (made: Program): string[] => programKernels(made.body).map(({ name }) => name);
const buffers = (made: Program): string[] => [...programBuffers(made)].map(({ name }) => name);

describe("stack-kernels", () => {
  test("makes one kernel of two, and one buffer of each two that differ", () => {
    const made = stacked(program());
    expect(names(made)).toEqual(["one", "end"]);
    const [one] = programKernels(made.body);
    expect(one?.space.map(({ name }) => name)).toEqual(["part", "i"]);
    expect(one?.tile).toEqual([1, 4]);
    expect(one?.reductions[0]?.depth).toBe(2);
    const all = buffers(made);
    expect(all).toEqual(expect.arrayContaining(["wa.stack", "ba.stack", "a.stack"]));
    for (const gone of ["wa", "wb", "a", "b"]) expect(all).not.toContain(gone);
  });

  test("copies small weights of the caller, and leaves apart what would copy large ones", () => {
    expect(programKernels(stacked(program()).prepare).map(({ name }) => name)).toEqual(["stack.ba", "stack.bb", "twice"]);
    expect(names(stacked(program(), 3))).toEqual(["one", "two", "end"]);
    expect(names(stacked(program({ first: "va", second: "vb" })))).toEqual(["one", "two", "end"]);
    expect(names(stacked(program({ first: "va", second: "vb" }), 32))).toEqual(["one", "end"]);
  });

  test("stacks a part once: others that read the same stay with it, another order keeps apart", () => {
    const further = (first: string, second: string): Program => program({ more: `kernel three stage 1 (i:4) {
      c[i] = (${first}[i] + ${first === "a" ? "b" : "a"}[i])
    }` , end: `(c[i] * ${second}[i])` });
    expect(names(stacked(further("a", "b")))).toEqual(["one", "three", "end"]);
    expect(names(stacked(further("b", "a")))).toEqual(["one", "three", "end"]);
  });

  test("leaves alone what reads what another stores, and what is stored in one place", () => {
    const chain = parseProgram(`program net () {
  input x = x [8]
  output y = y [8]
  buffer x: input float32[8]
  buffer a: temporary float32[8]
  buffer b: temporary float32[8]
  buffer c: temporary float32[8]
  buffer y: output float32[8]
  body {
    kernel first stage 0 (i:8) {
      a[i] = (x[i] + 1.0)
    }
    kernel second stage 1 (i:8) {
      b[i] = (a[i] + 1.0)
    }
    kernel third stage 2 (i:8) {
      c[i] = (b[i] + 1.0)
    }
    kernel end stage 3 (i:8) {
      y[i] = (a[i] * c[i])
    }
  }
}`);
    expect(stackKernels({ copied: 8 })(chain)).toBe(chain);
    const again = program({ more: `kernel three stage 1 (i:4) tile (4) {
      for k:8 {
        a0 = sum (wb[i,k] * x[k]) from bb[i]
      }
      b[i] = a0
    }` });
    expect(names(stacked(again))).toEqual(["one", "two", "three", "end"]);
  });
});
