/** One step of the cell with peepholes and layer norm (../nets/custom.model.ts). */
import { shape } from "../cases.js";
import { weight, type CaseData } from "../measure/data.js";
import type { Cell } from "./cells.js";
import { transposed } from "./layout.js";

const epsilon = { float: 1e-5 };

export function customStep(data: CaseData): Cell {
  const { hidden } = data.case;
  const of = (name: string): Float32Array => weight(data, `scan.${name}`);
  return {
    input: { weights: transposed(of("ofInput.weight"), shape.input), bias: of("ofInput.bias") },
    before: () => ({}),
    step(writer, projected, [h = "", c = ""]) {
      const peephole = (gate: string, name: string, cell: string): string => writer.op("Add", [gate, writer.op("Mul", [writer.constant(of(`peephole.${name}`), [hidden]), cell])]);
      const norm = (value: string, name: string, size: number): string => writer.op("LayerNormalization", [value, writer.constant(of(`${name}.weight`), [size]), writer.constant(of(`${name}.bias`), [size])], { axis: -1, epsilon });
      const ofHidden = writer.op("MatMul", [h, writer.constant(transposed(of("ofHidden.weight"), hidden), [hidden, 4 * hidden])]);
      const gates = norm(writer.op("Add", [projected, ofHidden]), "gates", 4 * hidden);
      const [i = "", f = "", o = "", g = ""] = writer.ops("Split", [gates, writer.integers(hidden, hidden, hidden, hidden)], 4, { axis: -1 });
      const input = writer.op("Sigmoid", [peephole(i, "input", c)]);
      const forget = writer.op("Sigmoid", [peephole(f, "forget", c)]);
      const cell = writer.op("Add", [writer.op("Mul", [forget, c]), writer.op("Mul", [input, writer.op("Tanh", [g])])]);
      const output = writer.op("Sigmoid", [peephole(o, "output", cell)]);
      return [writer.op("Mul", [output, writer.op("Tanh", [norm(cell, "shown", hidden)])]), cell];
    },
  };
}
