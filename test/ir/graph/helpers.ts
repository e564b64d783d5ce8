import { GraphBuilder } from "../../../src/ir/graph/builder.js";
import { interpret, type ArrayValue, type InterpretOptions, type OutputValue } from "../../../src/ir/graph/interpret.js";
import type { Graph, Node, NodeOf } from "../../../src/ir/graph/node.js";
import { topological } from "../../../src/ir/graph/traverse.js";
import type { Dim, Kind } from "../../../src/ir/graph/types.js";

/** A graph of the outputs; its inputs are those that they reach. */
export function graphOf(outputs: Record<string, Node>, name = "test"): Graph {
  const nodes = Object.values(outputs);
  const inputs = topological(nodes).filter((node): node is NodeOf<"input"> & Node => node.op === "input");
  return { name, inputs, outputs: Object.entries(outputs).map(([key, node]) => ({ name: key, node })) };
}

export function input(b: GraphBuilder, name: string, dims: readonly Dim[], shape: readonly number[] = [1], kind: Kind = "real"): Node {
  return b.make("input", [], { name, type: { kind, dims, shape } });
}

export function param(b: GraphBuilder, name: string, shape: readonly number[], per: readonly Dim[] = []): Node {
  return b.make("param", [], { name, per, shape });
}

/** The shape and the elements of a nested array, or of a number. */
export function array(...value: readonly unknown[]): ArrayValue {
  const shape: number[] = [];
  for (let each: unknown = value; Array.isArray(each); each = each[0]) shape.push(each.length);
  return { shape, data: value.flat(10).map(Number) };
}

/** Interprets what a builder makes; a single node is the output "y". */
export function run(make: (b: GraphBuilder) => Node, options: InterpretOptions = {}): OutputValue {
  const output = interpret(graphOf({ y: make(new GraphBuilder()) }), options)["y"];
  if (output === undefined) throw new Error("no output y");
  return output;
}

/** The elements of it. */
export function values(make: (b: GraphBuilder) => Node, options: InterpretOptions = {}): number[] {
  return [...run(make, options).data];
}

/** A vector of given numbers as a node, made of constants. */
export function vector(b: GraphBuilder, numbers: readonly number[], kind: Kind = "real"): Node {
  return b.make("concat", numbers.map((value) => b.constant(value, kind)), { axis: 0 });
}
