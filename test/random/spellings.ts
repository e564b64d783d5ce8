/**
 * One recurrent cell, spelled in several ways. A cell is given by its equations: gates, which are an activation of a sum of
 * products of weights with the input, the states, or a state times an earlier gate; and updates, which combine gates and
 * states element by element. Papers and libraries write the same equations differently:
 *
 * - a product for each operand; one product over their concatenation; one product whose rows are several gates, then split;
 * - a bias for each gate, or one for each product (PyTorch's two), stacked like the weights;
 * - operands of sums and products in another order, sums nested instead of flat;
 * - other names, and another order of definition.
 *
 * All spellings of a cell mean the same, given the parameters that belong to each, and must compile to the same kernels.
 */
import fc from "fast-check";
import { GraphBuilder } from "../../src/ir/graph/builder.js";
import type { ArrayValue } from "../../src/ir/graph/interpret.js";
import { freeLength } from "../../src/ir/graph/length.js";
import type { Graph, Node, NodeOf } from "../../src/ir/graph/node.js";
import { printGraph } from "../../src/ir/graph/print.js";
import { arbitraryTape, Choices, generator } from "./choices.js";

/** What a gate reads: the input, a state, or a state times an earlier gate (the reset of a gated recurrent unit). */
type Operand =
  | { readonly kind: "input" }
  | { readonly kind: "state"; readonly state: number }
  | { readonly kind: "gated"; readonly state: number; readonly gate: number };

interface Gate {
  readonly activation: "sigmoid" | "tanh" | "erf" | "none";
  readonly operands: readonly Operand[];
  readonly bias: boolean;
}

/** An elementwise expression over the gates, the states before the step, and the states that were updated already. */
type Update =
  | { readonly op: "gate" | "state" | "next"; readonly index: number }
  | { readonly op: "add" | "multiply"; readonly parts: readonly Update[] }
  | { readonly op: "tanh" | "complement"; readonly part: Update };

export interface CellEquations {
  readonly inputSize: number;
  readonly hiddenSize: number;
  readonly gates: readonly Gate[];
  /** One for each state. */
  readonly updates: readonly Update[];
  readonly reverse: boolean;
}

export interface Spelling {
  /** What is special about it. */
  readonly description: string;
  readonly graph: Graph;
  /** The parameters under this spelling's names; the same seed gives the same cell in every spelling. */
  parameters(seed: number): Record<string, ArrayValue>;
}

export interface SpelledCell {
  readonly equations: CellEquations;
  /** The first is the plainest: separate products, one bias, everything in order. */
  readonly spellings: readonly Spelling[];
}

export function arbitrarySpellings(count = 4): fc.Arbitrary<SpelledCell> {
  return arbitraryTape(400).map((tape) => {
    const cell = makeSpellings(new Choices(tape), count);
    return Object.assign(cell, { [fc.toStringMethod]: () => cell.spellings.map(({ description, graph }) => `\n# ${description}\n${printGraph(graph)}`).join("") });
  });
}

export function makeSpellings(choices: Choices, count: number): SpelledCell {
  const equations = makeEquations(choices);
  return { equations, spellings: Array.from({ length: count }, (_, i) => new Speller(equations, i === 0 ? undefined : choices).spell()) };
}

/** The cells that everybody knows, spelled at random: their kernels are written down in tests. */
export function spellingsOf(equations: CellEquations, choices: Choices, count: number): readonly Spelling[] {
  return Array.from({ length: count }, (_, i) => new Speller(equations, i === 0 ? undefined : choices).spell());
}

const x: Operand = { kind: "input" };
const h: Operand = { kind: "state", state: 0 };
const gate = (index: number): Update => ({ op: "gate", index });
const state = (index: number): Update => ({ op: "state", index });
const plus = (...parts: Update[]): Update => ({ op: "add", parts });
const times = (...parts: Update[]): Update => ({ op: "multiply", parts });

export function lstmEquations(inputSize: number, hiddenSize: number): CellEquations {
  const read = (activation: Gate["activation"]): Gate => ({ activation, operands: [h, x], bias: true });
  const cell = plus(times(gate(0), state(1)), times(gate(1), gate(3)));
  return {
    inputSize, hiddenSize, reverse: false, gates: [read("sigmoid"), read("sigmoid"), read("sigmoid"), read("tanh")],
    updates: [times(gate(2), { op: "tanh", part: cell }), cell],
  };
}

/** The reset before the product (Cho et al., 2014). */
export function gruEquations(inputSize: number, hiddenSize: number): CellEquations {
  const read = (activation: Gate["activation"], hidden: Operand): Gate => ({ activation, operands: [hidden, x], bias: true });
  return {
    inputSize, hiddenSize, reverse: false, gates: [read("sigmoid", h), read("sigmoid", h), read("tanh", { kind: "gated", state: 0, gate: 0 })],
    updates: [plus(times({ op: "complement", part: gate(1) }, gate(2)), times(gate(1), state(0)))],
  };
}

// ---- Equations.

function makeEquations(choices: Choices): CellEquations {
  const stateCount = 1 + choices.below(2);
  const gateCount = 1 + choices.below(4);
  const states = Array.from({ length: stateCount }, (_, i) => i);
  const gates: Gate[] = [];
  for (let index = 0; index < gateCount; index++) {
    const operands: Operand[] = [{ kind: "input" }];
    for (const each of states) {
      const kind = choices.below(index === 0 ? 3 : 4);
      if (kind === 3) operands.push({ kind: "gated", state: each, gate: choices.below(index) });
      else if (kind < 2) operands.push({ kind: "state", state: each });
    }
    gates.push({ activation: choices.pick(["sigmoid", "tanh", "erf", "none"] as const), operands, bias: !choices.once(4) });
  }
  const updates = states.map((index) => makeUpdate(choices, gateCount, stateCount, index));
  return { inputSize: 1 + choices.below(4), hiddenSize: 1 + choices.below(4), gates, updates, reverse: choices.once(4) };
}

function makeUpdate(choices: Choices, gates: number, states: number, index: number): Update {
  const leaf = (): Update => {
    const kind = choices.below(index > 0 ? 3 : 2);
    return kind === 0 ? gate(choices.below(gates)) : kind === 1 ? state(choices.below(states)) : { op: "next", index: choices.below(index) };
  };
  // The parts of a sum or a product differ, so that no order of them is as good as another.
  const several = (make: () => Update): Update[] => {
    const parts = [make(), make(), ...(choices.once(3) ? [make()] : [])];
    const texts = parts.map((part) => JSON.stringify(part));
    return parts.filter((_, i) => texts.indexOf(texts[i] ?? "") === i);
  };
  const product = (): Update => {
    const parts = several(() => (choices.once(4) ? { op: "complement", part: gate(choices.below(gates)) } : leaf()));
    return parts.length === 1 ? (parts[0] ?? leaf()) : times(...parts);
  };
  const terms = several(product);
  const sum: Update = terms.length === 1 ? (terms[0] ?? leaf()) : plus(...terms);
  return { op: "tanh", part: sum };
}

// ---- Spellings.

interface Logical {
  weight(gate: number, operand: number): readonly (readonly number[])[];
  bias(gate: number): readonly number[];
}

type Fill = (logical: Logical) => ArrayValue;

class Speller {
  private readonly b = new GraphBuilder();
  private readonly fills = new Map<string, Fill>();
  private readonly words: string[] = [];
  private readonly sums = new Map<number, Node>();
  private readonly gates = new Map<number, Node>();
  private readonly nexts = new Map<number, Node>();
  private input: Node | undefined;
  private states: readonly Node[] = [];
  private readonly prefix: string;

  /** @param choices without them, the plainest spelling */
  constructor(private readonly cell: CellEquations, private readonly choices: Choices | undefined) {
    this.prefix = choices === undefined ? "" : choices.pick(["", "encoder.", "a.b.", "zz"]);
  }

  spell(): Spelling {
    const { b, cell, choices } = this;
    const time = b.dim("time", freeLength("time"));
    const xs = b.make("input", [], { name: "x", type: { kind: "real", dims: [time], shape: [cell.inputSize] } }, { name: "x" });
    const start = b.constant(0, "real", [cell.hiddenSize]);
    const open = b.openRegion(time, [xs], cell.updates.map(() => start.type));
    this.input = open.items[0] as Node;
    this.states = open.states as readonly Node[];
    for (const index of this.order(cell.gates.map((_, i) => i))) this.gate(index);
    const nexts = cell.updates.map((_, index) => this.next(index));
    const names = cell.updates.map((_, i) => `h${i}`);
    const region = b.closeRegion(open, { reverse: cell.reverse, starts: cell.updates.map(() => start), nexts, outputs: nexts, stateNames: names, outputNames: names });
    const graph: Graph = {
      name: "cell", inputs: [xs as NodeOf<"input">],
      outputs: names.flatMap((name, slot) => [{ name, node: b.scanOutput(region, slot) }, { name: `final.${name}`, node: b.scanFinal(region, slot) }]),
    };
    const fills = [...this.fills];
    return {
      description: choices === undefined ? "separate products" : [...new Set(this.words)].join(", "),
      graph,
      parameters: (seed) => {
        const logical = this.logical(seed);
        return Object.fromEntries(fills.map(([name, fill]) => [name, fill(logical)]));
      },
    };
  }

  // ---- Choices of wording.

  private flip(word: string): boolean {
    const yes = this.choices?.once(2) ?? false;
    if (yes) this.words.push(word);
    return yes;
  }

  private order<T>(items: readonly T[]): T[] {
    const rest = [...items];
    const result: T[] = [];
    while (rest.length > 0) result.push(...rest.splice(this.choices?.below(rest.length) ?? 0, 1));
    return result;
  }

  /** A sum or a product in some order; a sum is nested or flat. */
  private join(op: "add" | "multiply", parts: readonly Node[]): Node {
    const [first, ...rest] = this.order(parts);
    if (first === undefined) throw new Error("nothing to join");
    if (rest.length === 0) return first;
    if (rest.length > 1 && this.flip("nested")) return rest.reduce((total, part) => this.b.apply(op, (this.choices?.once(2) ?? false) ? [part, total] : [total, part]), first);
    return this.b.apply(op, [first, ...rest]);
  }

  private param(name: string, shape: readonly number[], fill: Fill): Node {
    let unique = this.prefix + name;
    while (this.fills.has(unique)) unique += "_";
    this.fills.set(unique, fill);
    return this.b.make("param", [], { name: unique, per: [], shape }, { name: unique });
  }

  // ---- Gates.

  private gate(index: number): Node {
    const known = this.gates.get(index);
    if (known !== undefined) return known;
    const sum = this.sum(index);
    const { activation } = this.gateAt(index);
    const result = activation === "none" ? sum : this.b.apply(activation, [sum]);
    this.gates.set(index, result);
    return result;
  }

  private gateAt(index: number): Gate {
    const found = this.cell.gates[index];
    if (found === undefined) throw new Error(`no gate ${index}`);
    return found;
  }

  private sum(index: number): Node {
    const known = this.sums.get(index);
    if (known !== undefined) return known;
    // Gates with the same operands may share their products.
    const key = (i: number) => JSON.stringify([this.gateAt(i).operands, this.gateAt(i).bias]);
    const alike = this.cell.gates.flatMap((_, i) => (key(i) === key(index) && !this.sums.has(i) ? [i] : []));
    const group = alike.length > 1 && this.flip("stacked") ? this.order(alike) : [index];
    const whole = this.affine(group);
    if (group.length === 1) this.sums.set(index, whole);
    else {
      const { hiddenSize } = this.cell;
      for (const [row, each] of group.entries()) this.sums.set(each, this.b.make("sliceAxis", [whole], { axis: 0, start: row * hiddenSize, size: hiddenSize }));
    }
    return this.sums.get(index) ?? whole;
  }

  /** The sum of products for gates with the same operands, their rows one below another. */
  private affine(group: readonly number[]): Node {
    const { operands, bias } = this.gateAt(group[0] ?? 0);
    const rows = group.length * this.cell.hiddenSize;
    const name = group.map((i) => `g${i}`).join("");
    const all = this.order(operands.map((_, i) => i));
    const products = operands.length > 1 && this.flip("concatenated") ? [all] : all.map((i) => [i]);
    const terms = products.map((columns) => {
      const values = columns.map((i) => this.operand(operands[i] ?? x));
      const value = values.length === 1 ? (values[0] ?? this.operand(x)) : this.b.make("concat", values, { axis: 0 });
      const width = value.type.shape[0] ?? 0;
      const weight = this.param(`${name}.w${columns.join("")}`, [rows, width], (logical) => ({
        shape: [rows, width],
        data: group.flatMap((g) => Array.from({ length: this.cell.hiddenSize }, (_, row) => columns.flatMap((i) => logical.weight(g, i)[row] ?? []))).flat(),
      }));
      return this.b.make("contract", (this.choices?.once(4) ?? false) ? [value, weight] : [weight, value], { dims: [], axis: true });
    });
    if (!bias) return this.join("add", terms);
    const biasParam = (share: number, which: string) => this.param(`${name}.b${which}`, [rows], (logical) => ({ shape: [rows], data: group.flatMap((g) => logical.bias(g).map((value) => value * share)) }));
    if (terms.length > 1 && this.flip("two biases")) {
      const each = terms.map((term, i) => (i < 2 ? this.b.apply("add", this.order([term, biasParam(0.5, `_${i}`)])) : term));
      return this.join("add", each);
    }
    return this.join("add", [...terms, biasParam(1, "")]);
  }

  private operand(operand: Operand): Node {
    switch (operand.kind) {
      case "input": return this.input ?? this.stateAt(0);
      case "state": return this.stateAt(operand.state);
      case "gated": return this.join("multiply", [this.gate(operand.gate), this.stateAt(operand.state)]);
    }
  }

  private stateAt(index: number): Node {
    const found = this.states[index];
    if (found === undefined) throw new Error(`no state ${index}`);
    return found;
  }

  // ---- Updates.

  private next(index: number): Node {
    const known = this.nexts.get(index);
    const update = this.cell.updates[index];
    if (known !== undefined) return known;
    if (update === undefined) throw new Error(`no state ${index}`);
    const result = this.update(update);
    this.nexts.set(index, result);
    return result;
  }

  private update(update: Update): Node {
    switch (update.op) {
      case "gate": return this.gate(update.index);
      case "state": return this.stateAt(update.index);
      case "next": return this.next(update.index);
      case "add": case "multiply": return this.join(update.op, update.parts.map((part) => this.update(part)));
      case "tanh": return this.b.apply("tanh", [this.update(update.part)]);
      case "complement": return this.b.apply("subtract", [this.b.constant(1), this.update(update.part)]);
    }
  }

  // ---- Values of parameters, the same for every spelling.

  private logical(seed: number): Logical {
    const random = generator(seed);
    const number = () => Math.round((random() * 2 - 1) * 512) / 1024;
    const { hiddenSize, inputSize, gates } = this.cell;
    const weights = gates.map(({ operands }) => operands.map(({ kind }) => Array.from({ length: hiddenSize }, () => Array.from({ length: kind === "input" ? inputSize : hiddenSize }, number))));
    const biases = gates.map(() => Array.from({ length: hiddenSize }, number));
    return { weight: (g, operand) => weights[g]?.[operand] ?? [], bias: (g) => biases[g] ?? [] };
  }
}
