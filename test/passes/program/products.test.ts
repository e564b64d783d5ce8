/** What the passes that make products fast leave: kernels, loops, layouts. */
import { describe, expect, test } from "vitest";
import { parseProgram } from "../../../src/ir/program/parse.js";
import { printInstructions } from "../../../src/ir/program/print.js";
import type { Instruction, Program } from "../../../src/ir/program/program.js";
import { programKernels, programLoops } from "../../../src/ir/program/traverse.js";
import { interpretProgram } from "../../../src/ir/program/interpret.js";
import { verifyProgram } from "../../../src/ir/program/verify.js";
import { loopRows } from "../../../src/passes/program/loop-rows.js";
import { packWeights } from "../../../src/passes/program/pack-weights.js";
import { jsProgramPasses, runProgramPasses } from "../../../src/passes/program/pipelines.js";
import { planBuffers } from "../../../src/passes/program/plan-buffers.js";
import { splitProducts } from "../../../src/passes/program/split-products.js";
import { statesInPlace } from "../../../src/passes/program/states-in-place.js";

/** A cell of two gates, and a layer on top of it; weights stacked, one of them transposed. */
const text = `program net (time) {
  input x = x {time}[12]
  parameter w = w [18,12]
  parameter u = u [9,18]
  parameter o = o [11,9]
  output y = y {time}[11]
  buffer x: input float32[time,12]
  buffer w: parameter float32[18,12]
  buffer u: parameter float32[9,18]
  buffer o: parameter float32[11,9]
  buffer h: state float32[9]
  buffer next: state float32[9]
  buffer hs: temporary float32[time,9]
  buffer y: output float32[time,11]
  body {
    kernel start stage 0 (j:9) {
      h[j] = 0.0
    }
    loop t:time over time carry h to next {
      kernel step stage 0 (j:9) {
        for k:12 {
          v0 = x[t,k]
          a0 = sum (w[j,k] * v0)
          a1 = sum (w[(j + 9),k] * v0)
        }
        for k:9 {
          v1 = h[k]
          a2 = sum (u[k,j] * v1) from a0
          a3 = sum (u[k,(j + 9)] * v1) from a1
        }
        v2 = (h[j] + (sigmoid(a2) * tanh(a3)))
        next[j] = v2
        hs[t,j] = v2
      }
    }
    kernel layer stage 0 (i:time, j:11) {
      for k:9 {
        a0 = sum (o[j,k] * hs[i,k])
      }
      y[i,j] = a0
    }
  }
}
`;
const net = parseProgram(text);
/** The same, but that the second product has sums of its own. */
const apart = parseProgram(text.replace(/ from a[01]/g, "").replace("sigmoid(a2)", "sigmoid((a0 + a2))").replace("tanh(a3)", "tanh((a1 + a3))"));

function kernels(program: Program): string[] {
  return programKernels(program.body).map(({ name, stage }) => `${name} ${stage}`);
}

function numbers(count: number): number[] {
  return Array.from({ length: count }, (_, i) => Math.sin(i * 1.3 + count));
}

const options = { lengths: { time: 5 }, inputs: { x: numbers(60) }, parameters: { w: numbers(216), u: numbers(162), o: numbers(99) } };

describe("loop-rows", () => {
  const made = loopRows()(net);

  test("loops over rows of a product, and copies what it reads", () => {
    expect(verifyProgram(made)).toEqual([]);
    expect(kernels(made)).toEqual(["start 0", "step.row 0", "step 1", "layer.row 0", "layer 1"]);
    expect(programLoops(made.body)).toHaveLength(2);
    expect(printInstructions(made.body.slice(-1))).toContain("for k:9 {\n      a0 = sum (o[j,k] * hs.row[k])");
  });

  test("leaves alone what is no product", () => {
    const small = parseProgram(`program small (time) {
      input x = x {time}[2]
      output y = y {time}[2]
      buffer x: input float32[time,2]
      buffer y: output float32[time,2]
      body {
        kernel k stage 0 (t:time, j:2) {
          y[t,j] = tanh(x[t,j])
        }
      }
    }`);
    expect(loopRows()(small).body).toEqual(small.body);
  });
});

describe("split-products", () => {
  test("gives each product a kernel, and the cell one: then the state is updated in place", () => {
    const made = statesInPlace(splitProducts({ sums: 8 })(apart));
    expect(verifyProgram(made)).toEqual([]);
    expect(kernels(made)).toEqual(["start 0", "step.product 0", "step.product 0", "step 1", "layer 2"]);
    const [loop] = programLoops(made.body);
    expect(loop?.carried.map(({ current, next }) => current === next)).toEqual([true]);
  });

  test("keeps products together that go on from each other's sums, and stores the last of them alone", () => {
    const made = statesInPlace(splitProducts({ sums: 8 })(net));
    expect(verifyProgram(made)).toEqual([]);
    expect(kernels(made)).toEqual(["start 0", "step.product 0", "step 1", "layer 2"]);
    const [product] = programKernels(made.body).filter(({ name }) => name === "step.product");
    expect(product?.reductions).toHaveLength(2);
    expect(product?.stores).toHaveLength(2);
  });

  test("cuts a product with many sums in groups", () => {
    const made = splitProducts({ sums: 1 })(net);
    expect(verifyProgram(made)).toEqual([]);
    expect(kernels(made).filter((name) => name.startsWith("step.product"))).toHaveLength(4);
    for (const kernel of programKernels(made.body)) for (const { accumulators } of kernel.reductions) expect(accumulators.length).toBe(1);
  });
});

describe("pack-weights", () => {
  const pack = (lanes: number): Program => packWeights({ lanes: () => lanes })(splitProducts({ sums: 8 })(net));

  test("lays all weights of a product out alike, whatever their layout was", () => {
    const made = pack(1);
    expect(verifyProgram(made)).toEqual([]);
    const step = printInstructions(programLoops(made.body).flatMap(({ body }): Instruction[] => body.slice(0, 1)));
    expect(step).toContain("a2 = sum (u.packed[j,k] * v1) from a0");
    expect(step).toContain("a3 = sum (u.packed.2[j,k] * v1) from a1");
    // What lies as it is read is not copied.
    expect(printInstructions(made.body)).toContain("sum (o[j,k] * hs[i,k])");
    expect(printInstructions(made.prepare)).toContain("u.packed[i0,i1] = u[i1,i0]");
  });

  test("deals positions out to lanes; what is missing at the end is zero", () => {
    const made = pack(4);
    expect(verifyProgram(made)).toEqual([]);
    const layer = programKernels(made.body).at(-1);
    expect(layer?.tile).toEqual([1, 4]);
    const packed = [...made.prepare].flatMap((instruction) => (instruction.op === "kernel" ? instruction.kernel.stores : [])).find(({ buffer }) => buffer.name === "o.packed")?.buffer;
    expect(packed?.lanes).toBe(true);
    expect(packed?.shape.map(({ constant }) => constant)).toEqual([4, 3, 9]);
    expect(printInstructions(made.prepare)).toMatch(/o\.packed\[3,i0,i1\] = select\((v\d) < 11, o\[\1,i1\], 0\.0\)/);
  });

  test("packs one weight once", () => {
    const twice = { ...net, body: [...net.body.slice(0, 2), ...net.body.slice(1)] };
    const count = (program: Program): number => packWeights({ lanes: () => 3 })(program).prepare.length;
    expect(count(twice)).toBe(count(net));
  });
});

test("all of it means the same", () => {
  const wanted = interpretProgram(net, options)["y"] ?? [];
  for (const [sums, program] of [[1, net], [2, net], [8, net], [8, apart]] as const) {
    for (const lanes of [1, 2, 4, 9]) {
      const made = packWeights({ lanes: () => lanes })(statesInPlace(splitProducts({ sums })(loopRows()(program))));
      const result = interpretProgram(made, options)["y"] ?? [];
      expect(result).toHaveLength(wanted.length);
      wanted.forEach((value, i) => expect(Math.abs(value - (result[i] ?? NaN))).toBeLessThan(1e-12));
    }
  }
});

describe("plan-buffers", () => {
  const planned = runProgramPasses(net, jsProgramPasses);

  test("lets what is not alive together share memory", () => {
    const slots = new Map(planned.arena?.slots.map((slot) => [slot.buffer.name, slot]));
    const alone = [...slots.values()].reduce((sum, { elements, offset }) => sum + (offset === undefined ? 0 : elements.reduce((product, { constant }) => product * constant, 1)), 0);
    expect(planned.arena?.fixed).toBeLessThan(alone);
    expect(planned.arena?.size).toBeUndefined();
  });

  test("keeps through a loop what the next turn needs, and nothing else", () => {
    const { arena } = planBuffers(splitProducts({ sums: 8 })(loopRows()(net)));
    const life = (name: string): readonly [number, number] => {
      const slot = arena?.slots.find(({ buffer }) => buffer.name === name);
      return [slot?.from ?? NaN, slot?.to ?? NaN];
    };
    // start, [row, products, cell], [row, layer]
    expect(life("h")).toEqual([1, 4]);
    expect(life("next")).toEqual([1, 4]);
    expect(life("x")).toEqual([0, 4]);
    expect(life("x.row")).toEqual([2, 3]);
    expect(life("hs")).toEqual([2, 6]);
    expect(life("hs.row")).toEqual([5, 6]);
    expect(life("y")).toEqual([5, 7]);
  });
});
