/** ONNX models as plain values, and their file. The numbers of the fields are those of onnx.proto. */
import { encode, type Field } from "./protobuf.js";

export type Attribute = number | { readonly float: number } | string | readonly number[] | OnnxGraph;

export interface OnnxNode {
  readonly op: string;
  /** "" leaves an optional input out. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes?: Readonly<Record<string, Attribute>>;
}

export interface OnnxValue {
  readonly name: string;
  readonly shape: readonly number[];
}

export interface OnnxConstant extends OnnxValue {
  readonly data: Float32Array | readonly bigint[];
}

export interface OnnxGraph {
  readonly nodes: readonly OnnxNode[];
  readonly constants: readonly OnnxConstant[];
  readonly inputs: readonly OnnxValue[];
  readonly outputs: readonly OnnxValue[];
}

const kinds = { float: 1, int64: 7 } as const;
const attributeKinds = { float: 1, int: 2, string: 3, graph: 5, ints: 7 } as const;

export function onnxFile(graph: OnnxGraph): Uint8Array {
  const opset: Field[] = [[1, ""], [2, 17]];
  return encode([[1, 8], [2, "gatefold-bench"], [7, graphFields(graph)], [8, opset]]);
}

function graphFields({ nodes, constants, inputs, outputs }: OnnxGraph): Field[] {
  return [
    ...nodes.map((node): Field => [1, nodeFields(node)]),
    [2, "graph"],
    ...constants.map((constant): Field => [5, constantFields(constant)]),
    ...inputs.map((value): Field => [11, valueFields(value)]),
    ...outputs.map((value): Field => [12, valueFields(value)]),
  ];
}

function nodeFields({ op, inputs, outputs, attributes = {} }: OnnxNode): Field[] {
  return [
    ...inputs.map((name): Field => [1, name]),
    ...outputs.map((name): Field => [2, name]),
    [4, op],
    ...Object.entries(attributes).map(([name, value]): Field => [5, attributeFields(name, value)]),
  ];
}

function attributeFields(name: string, value: Attribute): Field[] {
  const kind = (of: keyof typeof attributeKinds): Field => [20, attributeKinds[of]];
  if (typeof value === "number") return [[1, name], [3, value], kind("int")];
  if (typeof value === "string") return [[1, name], [4, value], kind("string")];
  if ("float" in value) return [[1, name], [2, value.float, "float"], kind("float")];
  if ("nodes" in value) return [[1, name], [6, graphFields(value)], kind("graph")];
  return [[1, name], ...value.map((each): Field => [8, each]), kind("ints")];
}

function constantFields({ name, shape, data }: OnnxConstant): Field[] {
  const numbers = data instanceof Float32Array ? data : BigInt64Array.from(data);
  const raw = new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength);
  return [...shape.map((size): Field => [1, size]), [2, data instanceof Float32Array ? kinds.float : kinds.int64], [8, name], [9, raw]];
}

function valueFields({ name, shape }: OnnxValue): Field[] {
  const dimensions: Field[] = shape.map((size): Field => [1, [[1, size]]]);
  return [[1, name], [2, [[1, [[1, kinds.float], [2, dimensions]]]]]];
}
