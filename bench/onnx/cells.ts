/**
 * A cell of one's own as ONNX: the product of all inputs at once, then a Scan over time whose body is one step. A stream
 * calls the step itself.
 */
import { shape } from "../cases.js";
import type { CaseData, NumberArray } from "../measure/data.js";
import type { OnnxValue } from "./model.js";
import type { Extent, OnnxNet } from "./nets.js";
import { GraphWriter } from "./writer.js";

export interface Cell {
  /** The product of the inputs: its weights, transposed, and its bias. */
  readonly input: { readonly weights: Float32Array; readonly bias: Float32Array };
  /** What is computed of further inputs before the first step; it gives values that steps may use. */
  readonly before: (writer: GraphWriter) => Readonly<Record<string, string>>;
  /** One step: of projected inputs [member, width] and states [member, hidden], the next states. */
  readonly step: (writer: GraphWriter, projected: string, states: readonly string[], values: Readonly<Record<string, string>>) => readonly string[];
  readonly fixed?: Readonly<Record<string, NumberArray>>;
}

export function cellNet(data: CaseData, { turns, members }: Extent, cell: Cell, stateNames: readonly string[]): OnnxNet {
  const { hidden, task } = data.case;
  const width = cell.input.bias.length;
  const writer = new GraphWriter();
  const x = task === "step" ? [members, shape.input] : [turns, members, shape.input];
  const product = writer.op("MatMul", ["X", writer.constant(cell.input.weights, [shape.input, width])]);
  const projected = writer.op("Add", [product, writer.constant(cell.input.bias, [width])]);
  const values = cell.before(writer);
  const { fixed = {} } = cell;
  const inputs: OnnxValue[] = [{ name: "X", shape: x }, ...Object.entries(fixed).map(([name, { shape }]) => ({ name, shape }))];
  const states = stateNames.map((name) => ({ input: name, output: `next_${name}`, shape: [members, hidden] }));
  if (task === "step") {
    const next = cell.step(writer, projected, stateNames, values);
    states.forEach(({ output }, i) => writer.as(output, next[i] ?? ""));
    const graph = writer.graph([...inputs, ...states.map(({ input, shape }) => ({ name: input, shape }))], states.map(({ output, shape }) => ({ name: output, shape })));
    return { graph, x, states, output: "next_h", fixed };
  }
  const body = new GraphWriter("b");
  const next = cell.step(body, "projected", stateNames, values);
  states.forEach(({ output }, i) => body.as(output, next[i] ?? ""));
  body.as("shown", next[0] ?? "");
  const bodyGraph = body.graph(
    [...states.map(({ input, shape }) => ({ name: input, shape })), { name: "projected", shape: [members, width] }],
    [...states.map(({ output, shape }) => ({ name: output, shape })), { name: "shown", shape: [members, hidden] }],
  );
  const zeros = states.map(({ shape }) => writer.constant(new Float32Array(members * hidden), shape));
  writer.node({ op: "Scan", inputs: [...zeros, projected], outputs: [...states.map(({ output }) => `last_${output}`), "Y"], attributes: { body: bodyGraph, num_scan_inputs: 1 } });
  return { graph: writer.graph(inputs, [{ name: "Y", shape: [turns, members, hidden] }]), x, states: [], output: "Y", fixed };
}
