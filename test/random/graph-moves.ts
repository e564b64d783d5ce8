/** All moves of a random graph, with those that have an inside: scans and maps, in which every move is made again. */
import { windowDims } from "../../src/ir/graph/infer.js";
import type { Dim, Node, Region, ValueType } from "../../src/ir/graph/node.js";
import { hasDim } from "../../src/ir/graph/types.js";
import { cellMoves } from "./cell-moves.js";
import { dimensionMoves } from "./dimension-moves.js";
import type { GraphMaker } from "./graph-maker.js";
import { integerMoves } from "./integer-moves.js";
import { play, type Move } from "./move.js";

/** A few moves inside; what they made is gone afterwards, except what `leave` takes out. */
function inside<T>(g: GraphMaker, moves: readonly Move[], scope: GraphMaker["scope"], begin: readonly Node[], leave: () => T): T {
  return g.within(scope, begin, () => {
    play(g, moves, 2 + g.choices.below(8));
    return leave();
  });
}

const depth = (g: GraphMaker): number => g.scopes.length - 1;

/** A state, or several, of a scan: where it begins. */
function starts(g: GraphMaker, over: Dim, dims: readonly Dim[]): Node[] {
  const { choices } = g;
  return Array.from({ length: choices.below(4) }, () => {
    if (g.allows("int") && choices.once(6)) return g.coerce(g.withBound(g.b.constant(choices.below(3), "int"), 2), { kind: "int", dims, shape: [1] });
    const extra = choices.once(5) && over.name !== "head" ? [g.b.dim("head", 2)] : [];
    const type: ValueType = { kind: "real", dims: [...dims, ...extra.filter((dim) => !dims.includes(dim))], shape: g.allows("matrix") && choices.once(8) ? [2, 2] : [1 + choices.below(4)] };
    const from = choices.pick([() => g.withBound(g.b.constant(0, "real", type.shape), 0), () => g.param(type.shape), () => g.real()])();
    return g.coerce(from, type);
  });
}

function nextStates(g: GraphMaker, states: readonly Node[]): Node[] {
  const { b, choices } = g;
  const nexts: Node[] = [];
  for (const state of states) {
    const { type } = state;
    const same = nexts.find((next) => next.type.kind === type.kind && String(next.type.shape) === String(type.shape) && next.type.dims.length === type.dims.length && next.type.dims.every((dim) => type.dims.includes(dim)));
    if (same !== undefined && choices.once(5)) nexts.push(same);
    else if (type.kind === "int") nexts.push(g.coerce(b.apply("modulo", [b.apply("add", [state, g.choices.once(2) ? b.constant(1, "int") : g.settle(g.index())]), b.constant(5, "int")]), type));
    else if (choices.once(8)) nexts.push(state);
    else {
      const value = g.coerce(g.settle(choices.once(2) ? g.real() : g.vector()), type);
      if (!choices.once(3)) nexts.push(value);
      else {
        const gate = b.apply("sigmoid", [b.apply("add", [value, b.constant(0.5)])]);
        nexts.push(g.withBound(b.apply("add", [b.apply("multiply", [gate, state]), b.apply("multiply", [b.apply("subtract", [b.constant(1), gate]), value])]), 1));
      }
    }
  }
  return nexts.map((next, slot) => (next.type.dims.every((dim) => states[slot]?.type.dims.includes(dim)) ? next : g.coerce(next, (states[slot] ?? next).type)));
}

/** A scan along a dimension, its body made of the moves. */
export function makeScan(g: GraphMaker, moves: readonly Move[], over: Dim, sequences: readonly Node[], start: readonly Node[], outputCount: number): Region {
  const { b, choices } = g;
  const open = b.openRegion(over, sequences, start.map((node) => node.type));
  for (const [slot, item] of open.items.entries()) g.withBound(item as Node, g.bound(sequences[slot] ?? (item as Node)));
  for (const state of open.states) g.withBound(state as Node, state.type.kind === "int" ? 7 : 1);
  g.withBound(open.step, g.longest(over));
  const begin: Node[] = [open.step, ...(open.items as readonly Node[]), ...(open.states as readonly Node[])];
  const reverse = g.allows("reverse") && choices.once(3);
  return inside(g, moves, { local: new Set(), region: { id: open.id, over, step: open.step, reverse } }, g.allows("int") ? begin : begin.slice(1), () => {
    const states = open.states as readonly Node[];
    const nexts = nextStates(g, states);
    const candidates = [...nexts, ...states, ...g.pool.slice(-6)];
    const outputs = Array.from({ length: outputCount }, () => g.settle(choices.pick(candidates.length > 0 ? candidates : [b.constant(1)]), (dim) => dim.name === over.name));
    return b.closeRegion(open, {
      reverse, starts: start, nexts, outputs,
      stateNames: states.map((_, i) => `state${i}`), outputNames: outputs.map((_, i) => `out${i}`),
    });
  });
}

function scanMove(moves: () => readonly Move[]): Move {
  return {
    name: "scan", feature: "scan", weight: 4,
    make(g) {
      const { choices, b } = g;
      if (depth(g) >= (g.allows("nested") ? 2 : 1)) return;
      const sequence = g.real((node) => node.type.dims.length > 0);
      const over = choices.once(4) ? g.sequenceDim() : sequence.type.dims[choices.below(sequence.type.dims.length)] ?? g.sequenceDim();
      if (g.innermostScan()?.over.name === over.name && over.origin.kind !== "sequence") return;
      const able = g.pool.filter((node) => node.type.kind !== "condition" && hasDim(node.type, over) && node.type.dims.every((dim) => dim === over || !windowDims(dim).includes(over)));
      const sequences = choices.some(able.slice(-4), 2);
      g.attempt(() => {
        if (sequences.length === 0) sequences.push(g.withBound(b.make("index", [], { dim: over }), g.longest(over)));
        const start = starts(g, over, windowDims(over));
        const outputCount = start.length === 0 ? 1 + choices.below(2) : choices.below(4);
        const region = makeScan(g, moves(), over, [...new Set(sequences)], start, outputCount);
        for (const [slot, output] of region.outputs.entries()) g.attempt(() => g.keep(b.scanOutput(region, slot), g.bound(output)));
        for (const [slot, state] of region.states.entries()) if (!choices.once(4)) g.keep(b.scanFinal(region, slot), state.type.kind === "int" ? 7 : 1);
      });
    },
  };
}

function mapMove(moves: () => readonly Move[]): Move {
  return {
    name: "map", feature: "map", weight: 4,
    make(g) {
      const { choices, b } = g;
      if (depth(g) >= (g.allows("nested") ? 2 : 1)) return;
      const sequence = g.real((node) => node.type.dims.length > 0);
      const over = sequence.type.dims[choices.below(sequence.type.dims.length)];
      if (over === undefined || over.origin.kind === "index") return;
      const level = g.scopes.filter(({ map }) => map?.over === over).length;
      g.attempt(() => {
        const index = b.indexDim(over, level);
        const element = g.withBound(b.make("view", [sequence], { from: over, to: index }), g.bound(sequence));
        const position = g.withBound(b.make("index", [], { dim: index }), g.longest(over));
        const result = inside(g, moves(), { local: new Set(), map: { over, index } }, g.allows("int") ? [position, element] : [element], () => {
          const value = g.settle(g.real(), (dim) => dim !== index && dim.name === over.name);
          const along = hasDim(value.type, index) ? b.make("view", [value], { from: index, to: over }) : b.make("broadcast", [value], { dims: [over] });
          return { along, bound: g.bound(value) };
        });
        g.keep(result.along, result.bound);
      });
    },
  };
}

/** Every move; scans and maps hold all of them inside. */
export const allMoves: readonly Move[] = [...cellMoves, ...integerMoves, ...dimensionMoves, scanMove(() => allMoves), mapMove(() => allMoves)];
