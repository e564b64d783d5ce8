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
import { defined, invariant } from "../../support/invariant.js";
import { seedKey } from "./draw.js";
import { evaluate, type Run } from "./evaluate.js";
import { inferType, windowDims } from "./infer.js";
import { evaluateLength, freeNames, type Length } from "./length.js";
import type { Graph, Node, NodeOf, Region } from "./node.js";
import { offset, Space, type Positions, type Tensor } from "./tensor.js";
import { enclosingRegions, graphNodes, regionOf } from "./traverse.js";
import { elementCount, sameShape, typeText, type ValueType } from "./types.js";

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
  for (const { name, node } of graph.outputs) result[name] = interpreter.result(node);
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

class Interpreter implements Run {
  readonly space: Space;
  readonly round: (x: number) => number;
  readonly seed: readonly [number, number];
  private readonly values = new Map<Node, Tensor>();
  /** The nodes that stand directly inside each region, in the order of evaluation; `undefined`: outside of all. */
  private readonly bodies = new Map<number | undefined, Node[]>();
  /** While a region runs: the values that were in its earlier steps, by position, for those nodes whose history is read. */
  private readonly past = new Map<number, Map<Node, Map<number, Tensor>>>();
  private readonly finished = new Map<number, { outputs: readonly Tensor[]; finals: readonly Tensor[] }>();

  constructor(graph: Graph, private readonly options: InterpretOptions) {
    const lengths = inferLengths(graph, options);
    this.round = options.round === "float32" ? Math.fround : (x) => x;
    this.seed = seedKey(options.seed ?? 0);
    this.space = new Space((name) => {
      const length = lengths.get(name);
      if (length === undefined) throw new InterpretError(`the length ${name} is given by no input; pass it in \`lengths\``);
      return length;
    }, (node) => this.value(node));
    this.schedule(graphNodes(graph));
    this.runBody(undefined);
  }

  result(node: Node): OutputValue {
    const { lengths, type, data } = this.space.arrange(this.value(node), node.type);
    return { shape: [...lengths, ...type.shape], data };
  }

  value(node: Node): Tensor {
    return defined(this.values.get(node), `the value of ${node.op} ${node.id}`);
  }

  // ---- Order.

  private schedule(order: readonly Node[]): void {
    const homes = homeRegions(order);
    for (const node of order) {
      const home = homes.get(node);
      const body = this.bodies.get(home);
      if (body === undefined) this.bodies.set(home, [node]);
      else body.push(node);
      if (node.op === "history") {
        const { region } = node.attributes;
        const kept = this.past.get(region) ?? new Map<Node, Map<number, Tensor>>();
        this.past.set(region, kept.set(defined(node.args[0], "the argument of history"), new Map()));
      }
    }
  }

  private runBody(region: number | undefined): void {
    const body = this.bodies.get(region) ?? [];
    // A region inside runs anew each time.
    for (const node of body) {
      const inner = regionOf(node);
      if (inner !== undefined) this.finished.delete(inner.id);
    }
    for (const node of body) {
      if (node.op === "item" || node.op === "state" || node.op === "step") continue;
      this.values.set(node, evaluate(node, node.args.map((arg) => this.value(arg)), this));
    }
  }

  // ---- Scans.

  scanOutput(region: Region, slot: number): Tensor {
    return defined(this.scan(region).outputs[slot], "an output of a scan");
  }

  scanFinal(region: Region, slot: number): Tensor {
    return defined(this.scan(region).finals[slot], "a final state of a scan");
  }

  private scan(region: Region): { outputs: readonly Tensor[]; finals: readonly Tensor[] } {
    const known = this.finished.get(region.id);
    if (known !== undefined) return known;
    const result = this.runScan(region);
    this.finished.set(region.id, result);
    return result;
  }

  private runScan(region: Region): { outputs: readonly Tensor[]; finals: readonly Tensor[] } {
    const { over, items, states, nexts } = region;
    const past = this.past.get(region.id) ?? new Map<Node, Map<number, Tensor>>();
    for (const kept of past.values()) kept.clear();
    const sequences = region.sequences.map((node) => this.value(node));
    const outputs = region.outputs.map((_, slot) => this.space.zeros(inferType("scanOutput", [], { region, slot })));
    let current = region.starts.map((start, slot) => this.space.arrange(this.value(start), defined(states[slot], "a state").type));
    for (const position of this.positions(region)) {
      for (const [slot, item] of items.entries()) this.values.set(item, this.element(defined(sequences[slot], "a sequence"), region, item.type, position));
      for (const [slot, state] of states.entries()) this.values.set(state, defined(current[slot], "a state"));
      this.step = position;
      this.runBody(region.id);
      this.step = undefined;
      current = current.map((old, slot) => this.advance(old, this.value(defined(nexts[slot], "a next state")), region, position));
      for (const [slot, node] of region.outputs.entries()) this.store(this.value(node), defined(outputs[slot], "an output"), region, position);
      for (const [node, kept] of past) kept.set(position, this.value(node));
    }
    return { outputs, finals: current };
  }
}
