/**
 * The nets of the bench as ONNX models: known cells as the operators that ONNX has, others as a Scan whose body is one step.
 * They are written as one would who wants speed: products of inputs stand before the Scan, and a step has no Scan at all.
 */
import { shape } from "../cases.js";
import { weight, type CaseData } from "../measure/data.js";
import type { NetName } from "../nets/nets.js";
import { cellNet } from "./cells.js";
import { customStep } from "./custom.js";
import { decoderStep } from "./decoder.js";
import { blocks, concatenated } from "./layout.js";
import type { OnnxGraph } from "./model.js";
import { GraphWriter } from "./writer.js";

/** A model, and what is fed to it beside X: [time, member, width] of a run, [member, width] or the same of a step. */
export interface OnnxNet {
  readonly graph: OnnxGraph;
  readonly x: readonly number[];
  /** Zero at first; of a stream, each result is fed to the next step. The first is what the net shows. */
  readonly states: readonly { readonly input: string; readonly output: string; readonly shape: readonly number[] }[];
  /** The result of a run. */
  readonly output: string;
  /** Further inputs, the same for each call. */
  readonly fixed?: Readonly<Record<string, { readonly shape: readonly number[]; readonly data: Float32Array }>>;
}

export type Extent = { readonly turns: number; readonly members: number };
type Build = (data: CaseData, extent: Extent) => OnnxNet;

/** PyTorch has i, f, g, o and ONNX i, o, f, c; PyTorch r, z, n and ONNX z, r, h. */
const gateOrder = { LSTM: [0, 3, 1, 2], GRU: [1, 0, 2] } as const;

/** The weights of a layer in one or both directions, as constants. */
function layerInputs(writer: GraphWriter, data: CaseData, op: "LSTM" | "GRU", layer: number, width: number, suffixes: readonly string[]): string[] {
  const { hidden } = data.case;
  const order = gateOrder[op];
  const [gates, directions] = [order.length, suffixes.length];
  const of = (kind: string, suffix: string): Float32Array => blocks(weight(data, `layer.${kind}_l${layer}${suffix}`), order);
  return [
    writer.constant(concatenated(...suffixes.map((each) => of("weight_ih", each))), [directions, gates * hidden, width]),
    writer.constant(concatenated(...suffixes.map((each) => of("weight_hh", each))), [directions, gates * hidden, hidden]),
    writer.constant(concatenated(...suffixes.flatMap((each) => [of("bias_ih", each), of("bias_hh", each)])), [directions, 2 * gates * hidden]),
  ];
}

function layer(op: "LSTM" | "GRU"): Build {
  return (data, { turns, members }) => {
    const { hidden, task } = data.case;
    const writer = new GraphWriter();
    const x = [turns, members, shape.input];
    const weights = layerInputs(writer, data, op, 0, shape.input, [""]);
    const attributes = { hidden_size: hidden, ...(op === "GRU" ? { linear_before_reset: 1 } : {}) };
    if (task !== "step") {
      writer.node({ op, inputs: ["X", ...weights], outputs: ["Y"], attributes });
      return { graph: writer.graph([{ name: "X", shape: x }], [{ name: "Y", shape: [turns, 1, members, hidden] }]), x, states: [], output: "Y" };
    }
    const names = op === "LSTM" ? ["h", "c"] : ["h"];
    const states = names.map((name) => ({ input: name, output: `next_${name}`, shape: [1, members, hidden] }));
    writer.node({ op, inputs: ["X", ...weights, "", ...names], outputs: ["", ...states.map(({ output }) => output)], attributes });
    const graph = writer.graph([{ name: "X", shape: x }, ...states.map(({ input, shape }) => ({ name: input, shape }))], states.map(({ output, shape }) => ({ name: output, shape })));
    return { graph, x, states, output: "next_h" };
  };
}

const tagger: Build = (data, { turns, members }) => {
  const { hidden } = data.case;
  const writer = new GraphWriter();
  const x = [turns, members, shape.input];
  let value = "X";
  for (const [index, width] of [shape.input, 2 * hidden].entries()) {
    const weights = layerInputs(writer, data, "LSTM", index, width, ["", "_reverse"]);
    const y = writer.op("LSTM", [value, ...weights], { hidden_size: hidden, direction: "bidirectional" });
    // [time, direction, member, unit]: both directions of a member side by side.
    const sideBySide = writer.op("Transpose", [y], { perm: [0, 2, 1, 3] });
    value = writer.op("Reshape", [sideBySide, writer.integers(turns, members, 2 * hidden)]);
  }
  const tags = writer.op("MatMul", [value, writer.op("Transpose", [writer.constant(weight(data, "tags.weight"), [9, 2 * hidden])], { perm: [1, 0] })]);
  writer.as("Y", writer.op("Add", [tags, writer.constant(weight(data, "tags.bias"), [9])]));
  return { graph: writer.graph([{ name: "X", shape: x }], [{ name: "Y", shape: [turns, members, 9] }]), x, states: [], output: "Y" };
};

export const onnxNets: Readonly<Record<NetName, Build | undefined>> = {
  lstm: layer("LSTM"),
  gru: layer("GRU"),
  custom: (data, extent) => cellNet(data, extent, customStep(data), ["h", "c"]),
  tagger,
  decoder: (data, extent) => cellNet(data, extent, decoderStep(data, extent), ["h"]),
  // An LSTM without a cell state is nobody's operator; it races brain.js alone.
  brain: undefined,
};

