/**
 * The interpreter: the definition of what a model means. Everything else (passes, backends) is held against it, so it is
 * written to be obviously right: one example, one op after another, each value computed whole, in float64.
 *
 * What each op computes of its arguments is evaluate.ts; here is the order of evaluation. Nodes are computed once, in the
 * graph's topological order, except those inside a scan's region, which are computed once for each step. A scan runs when
 * the first of its results is due: everything that its region captures comes before.
 *
 * With `round: "float32"` every parameter, input and result is rounded to float32, and sums are rounded after each
 * addition. This defines where float32 overflows and what becomes of infinities and NaN; it is no better a model of
 * rounding than any other order of addition.
 *
 * What is easily taken for granted: an empty sum is 0, an empty maximum -Infinity, an empty minimum Infinity (of integers:
 * the smallest and the largest int32), the index of the largest of nothing 0. `at` and `pick` give 0 outside. A scan
 * without steps ends in its start. An output along a slice has zeros outside it.
 */
import { at, defined } from "../../support/invariant.js";
import { seedKey, type WordPair } from "./draw.js";
import { evaluate, type Run } from "./evaluate.js";
import { inferType, windowDims } from "./infer.js";
import { evaluateLength, freeNames, type Length } from "./length.js";
import type { Graph, Node, NodeOf, Region } from "./node.js";
import { regionNesting } from "./nesting.js";
import { copyVector, offset, Space, type Positions, type Tensor } from "./tensor.js";
import { graphNodes, regionOf } from "./traverse.js";
import { outputType, sameShape, typeText, type ValueType } from "./types.js";

/** Sizes of the dimensions in the order of the type, then of the axes; the elements row-major. */
export interface ArrayValue {
  readonly shape: readonly number[];
  readonly data: ArrayLike<number>;
}

export interface InterpretOptions {
  /** By name. One that has a default may be missing. A single number may be given as such. */
  readonly inputs?: Readonly<Record<string, ArrayValue | number>>;
  readonly parameters?: Readonly<Record<string, ArrayValue>>;
  /** Free lengths by name; those that the inputs show may be left out. */
  readonly lengths?: Readonly<Record<string, number>>;
  /** Where the draws come from: a whole number from 0 to 2^53-1. */
  readonly seed?: number;
  readonly round?: "float64" | "float32";
}

export interface OutputValue {
  readonly shape: readonly number[];
  readonly data: Float64Array;
}

/** What was given to the interpreter does not fit the graph. */
export class InterpretError extends Error {
  override readonly name = "InterpretError";
}

export function interpret(graph: Graph, options: InterpretOptions = {}): Record<string, OutputValue> {
  const interpreter = new Interpreter(graph, options);
  const result: Record<string, OutputValue> = {};
  for (const output of graph.outputs) result[output.name] = interpreter.output(output.node, outputType(output));
  return result;
}

/** The free lengths of a run: as given, or as the shapes of the inputs show. */
export function inferLengths(graph: Graph, options: InterpretOptions): Map<string, number> {
  const known = new Map(Object.entries(options.lengths ?? {}));
  const seen: { length: Length; size: number; input: string }[] = [];
  for (const { attributes: { name, type } } of graph.inputs) {
    const given = options.inputs?.[name];
    if (given === undefined || typeof given === "number") continue;
    if (given.shape.length !== type.dims.length + type.shape.length) throw new InterpretError(`input ${name} has ${given.shape.length} axes; ${typeText(type)} has ${type.dims.length + type.shape.length}`);
    for (const [i, dim] of type.dims.entries()) seen.push({ length: dim.length, size: defined(given.shape[i], "a size"), input: name });
  }
  for (const { length, size } of seen) {
    const [term] = length.terms;
    if (length.terms.length === 1 && term?.atom.kind === "free" && !known.has(term.atom.name)) {
      const free = (size - length.constant) / term.coefficient;
      if (Number.isInteger(free)) known.set(term.atom.name, free);
    }
  }
  for (const { length, size, input } of seen) {
    if ([...freeNames(length)].some((name) => !known.has(name))) continue;
    const expected = evaluateLength(length, (name) => defined(known.get(name), name));
    if (expected !== size) throw new InterpretError(`input ${input} has length ${size} where ${expected} is due`);
  }
  for (const [name, length] of known) {
    if (!Number.isInteger(length) || length < 0) throw new InterpretError(`the length ${name} must be a whole number, this is ${length}`);
  }
  return known;
}

type ScanResult = { readonly outputs: readonly Tensor[]; readonly finals: readonly Tensor[] };

class Interpreter implements Run {
  readonly space: Space;
  readonly round: (x: number) => number;
  readonly seed: WordPair;
  private readonly values = new Map<Node, Tensor>();
  /** The nodes that stand directly inside each region, in the order of evaluation; `undefined`: outside of all. */
  private readonly bodies = new Map<number | undefined, Node[]>();
  private readonly finished = new Map<number, ScanResult>();
  /** Where each region that runs is. */
  private readonly positions = new Map<number, number>();
  /** Of each region, the nodes whose history is read, and what they were at the positions that have been visited. */
  private readonly past = new Map<number, Map<Node, Map<number, Tensor>>>();

  constructor(graph: Graph, private readonly options: InterpretOptions) {
    const lengths = inferLengths(graph, options);
    this.round = options.round === "float32" ? Math.fround : (x) => x;
    this.seed = seedKey(options.seed ?? 0);
    this.space = new Space((name) => {
      const length = lengths.get(name);
      if (length === undefined) throw new InterpretError(`no input shows the length "${name}"; give it in \`lengths\``);
      return length;
    }, (node) => this.value(node));
    this.schedule(graphNodes(graph));
    this.runBody(undefined);
  }

  output(node: Node, type: ValueType): OutputValue {
    const { lengths, data } = this.space.arrange(this.value(node), type);
    return { shape: [...lengths, ...type.shape], data };
  }

  value(node: Node): Tensor {
    return defined(this.values.get(node), `the value of ${node.op} ${node.id}`);
  }

  // ---- Order.

  private schedule(order: readonly Node[]): void {
    const nesting = regionNesting(order);
    for (const node of order) {
      const home = nesting.home(node);
      const body = this.bodies.get(home) ?? [];
      body.push(node);
      this.bodies.set(home, body);
      if (node.op !== "history") continue;
      const kept = this.past.get(node.attributes.region) ?? new Map<Node, Map<number, Tensor>>();
      this.past.set(node.attributes.region, kept.set(defined(node.args[0], "what the history is of"), new Map()));
    }
  }

  private runBody(region: number | undefined): void {
    const body = this.bodies.get(region) ?? [];
    for (const node of body) {
      const inner = regionOf(node);
      if (inner !== undefined) this.finished.delete(inner.id); // a scan inside a scan runs anew in each step
    }
    for (const node of body) {
      if (node.op === "item" || node.op === "state") continue;
      this.values.set(node, evaluate(node, node.args.map((arg) => this.value(arg)), this));
    }
  }

  // ---- What the caller gave.

  input(node: NodeOf<"input">, fallback: Tensor | undefined): Tensor {
    const { name, type } = node.attributes;
    const given = this.options.inputs?.[name];
    if (given === undefined) {
      if (fallback === undefined) throw new InterpretError(`input ${name} is missing`);
      return this.space.arrange(fallback, type);
    }
    return this.given(`input ${name}`, typeof given === "number" ? { shape: [1], data: [given] } : given, type);
  }

  parameter(node: NodeOf<"param">): Tensor {
    const { name } = node.attributes;
    const given = this.options.parameters?.[name];
    if (given === undefined) throw new InterpretError(`parameter ${name} is missing`);
    return this.given(`parameter ${name}`, given, node.type);
  }

  private given(what: string, { shape, data }: ArrayValue, type: ValueType): Tensor {
    const tensor = this.space.zeros(type);
    const expected = [...tensor.lengths, ...type.shape];
    if (!sameShape(shape, expected) || data.length !== tensor.data.length) throw new InterpretError(`${what} has the shape [${shape.join(", ")}] and ${data.length} elements; [${expected.join(", ")}] is due`);
    for (let i = 0; i < data.length; i++) {
      const x = Number(data[i]);
      if (type.kind === "int" && !Number.isInteger(x)) throw new InterpretError(`${what} is of integers, element ${i} is ${x}`);
      tensor.data[i] = type.kind === "real" ? this.round(x) : type.kind === "int" ? x + 0 : Number(x !== 0);
    }
    return tensor;
  }

  // ---- Scans.

  scan(region: Region): ScanResult {
    const known = this.finished.get(region.id);
    if (known !== undefined) return known;
    const result = this.runScan(region);
    this.finished.set(region.id, result);
    return result;
  }

  position(region: number): number {
    return defined(this.positions.get(region), `the step of region ${region}`);
  }

  /** What a node was when its region was at a position; undefined where it has not been. */
  pastValue(region: number, node: Node, position: number): Tensor | undefined {
    return position === this.position(region) ? this.value(node) : this.past.get(region)?.get(node)?.get(position);
  }

  private runScan(region: Region): ScanResult {
    const past = this.past.get(region.id) ?? new Map<Node, Map<number, Tensor>>();
    for (const kept of past.values()) kept.clear();
    const sequences = region.sequences.map((node) => this.value(node));
    const outputs = region.outputs.map((_, slot) => this.space.zeros(inferType("scanOutput", [], { region, slot })));
    let current = region.states.map(({ type }, slot) => this.space.arrange(this.value(at(region.starts, slot)), type));
    for (const position of this.visited(region)) {
      this.positions.set(region.id, position);
      for (const [slot, item] of region.items.entries()) this.values.set(item, this.element(region, at(sequences, slot), item.type, position));
      for (const [slot, state] of region.states.entries()) this.values.set(state, at(current, slot));
      this.runBody(region.id);
      current = current.map((old, slot) => this.advance(region, old, this.value(at(region.nexts, slot)), position));
      for (const [slot, node] of region.outputs.entries()) this.store(region, at(outputs, slot), this.value(node), position);
      for (const [node, kept] of past) kept.set(position, this.value(node));
    }
    this.positions.delete(region.id);
    return { outputs, finals: current };
  }

  /**
   * The positions of the steps. Inside a map, a scan may run along a slice whose bounds are others for each element of the
   * map. Then all positions are visited, and each element moves only within its own bounds.
   */
  private visited({ over, reverse }: Region): number[] {
    const [from, end] = windowDims(over).length === 0 ? this.space.range(over, new Map()) : [0, this.space.length(over)];
    const positions: number[] = [];
    for (let position = from; position < end; position++) positions.push(position);
    return reverse ? positions.reverse() : positions;
  }

  private moves({ over }: Region, position: number, where: Positions): boolean {
    const [from, end] = this.space.range(over, where);
    return position >= from && position < end;
  }

  private element({ over }: Region, sequence: Tensor, type: ValueType, position: number): Tensor {
    return this.space.build(type, (data, base, where) => {
      where.set(over, position);
      copyVector(sequence, offset(sequence, where), data, base);
      where.delete(over);
    });
  }

  private advance(region: Region, old: Tensor, next: Tensor, position: number): Tensor {
    return this.space.build(old.type, (data, base, where) => {
      const from = this.moves(region, position, where) ? next : old;
      copyVector(from, offset(from, where), data, base);
    });
  }

  private store(region: Region, output: Tensor, value: Tensor, position: number): void {
    const { over } = region;
    const where: Positions = new Map();
    this.space.forEach(output.type.dims.filter((dim) => dim !== over), where, () => {
      if (!this.moves(region, position, where)) return;
      where.set(over, position);
      copyVector(value, offset(value, where), output.data, offset(output, where));
      where.delete(over);
    });
  }
}
