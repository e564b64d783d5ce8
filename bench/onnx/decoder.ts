/** One step of the decoder (../nets/decoder.model.ts): additive attention, then a gated recurrent unit. */
import { shape } from "../cases.js";
import { sequence, weight, type CaseData } from "../measure/data.js";
import type { Cell } from "./cells.js";
import { affine, columnRange, concatenated, transposed } from "./layout.js";
import type { Extent } from "./nets.js";

export function decoderStep(data: CaseData, { members }: Extent): Cell {
  const { hidden, task } = data.case;
  const of = (name: string): Float32Array => weight(data, name);
  const [length, width] = [shape.source, shape.input];
  const columns = shape.input + width;
  const source = concatenated(...data.members.map((member) => sequence(member, "source").data));
  return {
    input: { weights: transposed(columnRange(of("scan.ofInput.weight"), columns, 0, shape.input), shape.input), bias: of("scan.ofInput.bias") },
    // Of a stream the source is known from the start, and its keys with it.
    ...(task === "step" ? {} : { fixed: { source: { shape: [members, length, width], data: source } } }),
    before(writer) {
      if (task === "step") return { source: writer.constant(source, [members, length, width]), keys: writer.constant(affine(source, of("keys.weight"), of("keys.bias"), width), [members, length, hidden]) };
      const keys = writer.op("MatMul", ["source", writer.constant(transposed(of("keys.weight"), width), [width, hidden])]);
      return { source: "source", keys: writer.op("Add", [keys, writer.constant(of("keys.bias"), [hidden])]) };
    },
    step(writer, projected, [h = ""], { source = "", keys = "" }) {
      const query = writer.op("MatMul", [h, writer.constant(transposed(of("scan.query.weight"), hidden), [hidden, hidden])]);
      const mixed = writer.op("Tanh", [writer.op("Add", [writer.op("Reshape", [query, writer.integers(members, 1, hidden)]), keys])]);
      const scores = writer.op("MatMul", [mixed, writer.constant(of("scan.v"), [hidden, 1])]);
      const weights = writer.op("Softmax", [writer.op("Reshape", [scores, writer.integers(members, 1, length)])], { axis: -1 });
      const context = writer.op("Reshape", [writer.op("MatMul", [weights, source]), writer.integers(members, width)]);
      const ofContext = writer.op("MatMul", [context, writer.constant(transposed(columnRange(of("scan.ofInput.weight"), columns, shape.input, columns), width), [width, 3 * hidden])]);
      const ofInput = writer.op("Add", [projected, ofContext]);
      const ofHidden = writer.op("Add", [writer.op("MatMul", [h, writer.constant(transposed(of("scan.ofHidden.weight"), hidden), [hidden, 3 * hidden])]), writer.constant(of("scan.ofHidden.bias"), [3 * hidden])]);
      const thirds = (value: string): string[] => writer.ops("Split", [value, writer.integers(hidden, hidden, hidden)], 3, { axis: -1 });
      const [xr = "", xz = "", xn = ""] = thirds(ofInput);
      const [hr = "", hz = "", hn = ""] = thirds(ofHidden);
      const reset = writer.op("Sigmoid", [writer.op("Add", [xr, hr])]);
      const update = writer.op("Sigmoid", [writer.op("Add", [xz, hz])]);
      const candidate = writer.op("Tanh", [writer.op("Add", [xn, writer.op("Mul", [reset, hn])])]);
      // candidate + update (h - candidate)
      return [writer.op("Add", [candidate, writer.op("Mul", [update, writer.op("Sub", [h, candidate])])])];
    },
  };
}
