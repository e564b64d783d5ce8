/** Puts a graph together node by node; results get names of their own unless they are given one. */
import { elementCount } from "../measure/data.js";
import type { Attribute, OnnxConstant, OnnxGraph, OnnxNode, OnnxValue } from "./model.js";

export class GraphWriter {
  readonly #nodes: OnnxNode[] = [];
  readonly #constants: OnnxConstant[] = [];
  readonly #prefix: string;
  #count = 0;

  /** Names of a body must differ from those of the graph around it. */
  constructor(prefix = "v") {
    this.#prefix = prefix;
  }

  constant(data: Float32Array, shape: readonly number[]): string {
    if (data.length !== elementCount(shape)) throw new Error(`${data.length} numbers have not the shape ${shape.join()}`);
    return this.#constant({ shape, data });
  }

  integers(...values: readonly number[]): string {
    return this.#constant({ shape: [values.length], data: values.map(BigInt) });
  }

  op(op: string, inputs: readonly string[], attributes: Readonly<Record<string, Attribute>> = {}): string {
    return this.ops(op, inputs, 1, attributes)[0] ?? "";
  }

  ops(op: string, inputs: readonly string[], results: number, attributes: Readonly<Record<string, Attribute>> = {}): string[] {
    const outputs = Array.from({ length: results }, () => this.#name());
    this.#nodes.push({ op, inputs, outputs, attributes });
    return outputs;
  }

  /** A result under the name that callers know it by. */
  as(name: string, value: string): void {
    this.#nodes.push({ op: "Identity", inputs: [value], outputs: [name] });
  }

  node(node: OnnxNode): void {
    this.#nodes.push(node);
  }

  graph(inputs: readonly OnnxValue[], outputs: readonly OnnxValue[]): OnnxGraph {
    return { nodes: this.#nodes, constants: this.#constants, inputs, outputs };
  }

  #constant(constant: Omit<OnnxConstant, "name">): string {
    const name = this.#name();
    this.#constants.push({ name, ...constant });
    return name;
  }

  #name(): string {
    return `${this.#prefix}${this.#count++}`;
  }
}
