/**
 * What each op means: its value, computed of the values of its arguments. The table is exhaustive.
 */
import { at, defined, InternalError } from "../../support/invariant.js";
import { uniformDraw, type WordPair } from "./draw.js";
import type { BinaryOp, Node, NodeOf, Op, ReduceFunction, Region, UnaryOp, VariadicOp } from "./node.js";
import { binaryFunctions, isLarger, unaryFunctions, variadicFunctions } from "./scalar.js";
import { aroundAxis, broadcastIndices, copyVector, offset, type Positions, type Space, type Tensor } from "./tensor.js";
import type { Dim, Kind } from "./types.js";

/** What evaluation needs to know of the run. */
export interface Run {
  readonly space: Space;
  /** To the numbers that reals are kept in. */
  readonly round: (x: number) => number;
  readonly seed: WordPair;
  input(node: NodeOf<"input">, fallback: Tensor | undefined): Tensor;
  parameter(node: NodeOf<"param">): Tensor;
  /** The value of a node that has been computed already. */
  value(node: Node): Tensor;
  scan(region: Region): { readonly outputs: readonly Tensor[]; readonly finals: readonly Tensor[] };
  /** Where a region that runs is. */
  position(region: number): number;
  pastValue(region: number, node: Node, position: number): Tensor | undefined;
}

type Evaluator<O extends Op> = (node: NodeOf<O> & Node, args: readonly Tensor[], run: Run) => Tensor;

export function evaluate(node: Node, args: readonly Tensor[], run: Run): Tensor {
  const evaluator = evaluators[node.op] as Evaluator<Op>;
  return evaluator(node as NodeOf<Op> & Node, args, run);
}

// ---- Shared parts.

/** How a result of a kind is kept: reals rounded, integers without a negative zero. */
function keeper(kind: Kind, run: Run): (x: number) => number {
  return kind === "real" ? run.round : (x) => x + 0;
}

function number(tensor: Tensor, index: number): number {
  const x = tensor.data[index];
  if (x === undefined) throw new InternalError(`element ${index} is outside a value of ${tensor.data.length}`);
  return x;
}

/** A value whose elements are each computed of the elements of the arguments that broadcasting puts beside them. */
function elementwise(node: Node, args: readonly Tensor[], run: Run, compute: (xs: readonly number[]) => number): Tensor {
  const indices = args.map((arg) => broadcastIndices(arg.type.shape, node.type.shape));
  const keep = keeper(node.type.kind, run);
  return run.space.build(node.type, (data, base, where) => {
    const bases = args.map((arg) => offset(arg, where));
    for (let element = 0; element < elementsOf(node); element++) {
      data[base + element] = keep(compute(args.map((arg, i) => number(arg, at(bases, i) + at(at(indices, i), element)))));
    }
  });
}

function elementsOf(node: Node): number {
  return node.type.shape.reduce((product, size) => product * size, 1);
}

function unary(node: NodeOf<UnaryOp> & Node, args: readonly Tensor[], run: Run): Tensor {
  const f = unaryFunctions[node.op];
  return elementwise(node, args, run, ([x]) => f(defined(x, "an argument")));
}

function binary(node: NodeOf<BinaryOp> & Node, args: readonly Tensor[], run: Run): Tensor {
  const f = binaryFunctions[node.op];
  return elementwise(node, args, run, ([a, b]) => f(defined(a, "an argument"), defined(b, "an argument")));
}

function variadic(node: NodeOf<VariadicOp> & Node, args: readonly Tensor[], run: Run): Tensor {
  const f = variadicFunctions[node.op];
  const keep = keeper(node.type.kind, run);
  return elementwise(node, args, run, (xs) => xs.reduce((a, b) => keep(f(a, b))));
}

/** Everything is the same number. */
function filled(node: Node, run: Run, compute: (where: Positions) => number): Tensor {
  return run.space.build(node.type, (data, base, where) => data.fill(compute(where), base, base + elementsOf(node)));
}

/** Each vector of the result is the argument's at the same positions, some positions changed meanwhile. */
function moved(node: Node, xs: Tensor, run: Run, place: (where: Positions) => ReadonlyMap<Dim, number> | undefined): Tensor {
  return run.space.build(node.type, (data, base, where) => {
    const changed = place(where);
    if (changed !== undefined) copyVector(xs, offset(xs, new Map([...where, ...changed])), data, base);
  });
}

const emptyReduction: { readonly [F in ReduceFunction]: { readonly [K in Kind]: number } } = {
  sum: { real: 0, int: 0, condition: 0 },
  max: { real: -Infinity, int: -(2 ** 31), condition: 0 },
  min: { real: Infinity, int: 2 ** 31 - 1, condition: 0 },
};

const folds: { readonly [F in ReduceFunction]: (a: number, b: number) => number } = {
  sum: (a, b) => a + b,
  max: Math.max,
  min: Math.min,
};

/** How many elements of a last axis go into one of the result: element r is made of those from r * length on. */
function lastAxis(shape: readonly number[], present: boolean): number {
  return present ? defined(shape.at(-1), "a last axis") : 1;
}

// ---- The table.

const evaluators: { readonly [O in Op]: Evaluator<O> } = {
  input: (node, [fallback], run) => run.input(node, fallback),
  param: (node, _, run) => run.parameter(node),
  constant: (node, _, run) => filled(node, run, () => keeper(node.type.kind, run)(node.attributes.value)),
  iota: (node, _, run) => run.space.build(node.type, (data) => data.forEach((_, i) => (data[i] = i))),
  index: (node, _, run) => filled(node, run, (where) => defined(where.get(node.attributes.dim), "a position")),
  length: (node, _, run) => filled(node, run, () => run.space.evaluate(node.attributes.length)),
  item: (node, _, run) => run.value(node),
  state: (node, _, run) => run.value(node),
  step: (node, _, run) => filled(node, run, () => run.position(node.attributes.region)),

  negate: unary, exp: unary, log: unary, log1p: unary, sqrt: unary, absolute: unary, sin: unary, cos: unary,
  tanh: unary, sigmoid: unary, erf: unary, floor: unary, not: unary, toReal: unary, stopGradient: unary,
  subtract: binary, divide: binary, modulo: binary, power: binary, minimum: binary, maximum: binary,
  less: binary, lessEqual: binary, equal: binary, notEqual: binary, and: binary, or: binary,
  add: variadic, multiply: variadic,
  select: (node, args, run) => elementwise(node, args, run, ([condition, yes, no]) => defined(condition === 0 ? no : yes, "an argument")),

  contract: (node, args, run) => {
    const { dims, axis } = node.attributes;
    const [a, b] = [at(args, 0), at(args, 1)];
    // With the axis: rows of a matrix or a single vector. Without: elements side by side.
    const length = lastAxis(a.type.shape, axis);
    const own = (x: Tensor) => (axis ? Int32Array.from({ length: elementsOf(node) }, (_, row) => (x.type.shape.length > 1 ? row * length : 0)) : broadcastIndices(x.type.shape, node.type.shape));
    const [rowsOfA, rowsOfB] = [own(a), own(b)];
    return run.space.build(node.type, (data, base, where) => {
      run.space.forEach(dims, where, () => {
        const [fromA, fromB] = [offset(a, where), offset(b, where)];
        for (let row = 0; row < elementsOf(node); row++) {
          const [rowA, rowB] = [fromA + at(rowsOfA, row), fromB + at(rowsOfB, row)];
          let total = at(data, base + row);
          for (let k = 0; k < length; k++) total = run.round(total + run.round(number(a, rowA + k) * number(b, rowB + k)));
          data[base + row] = total;
        }
      });
    });
  },

  reduce: (node, args, run) => {
    const { f, dims, axis } = node.attributes;
    const x = at(args, 0);
    const length = lastAxis(x.type.shape, axis);
    const keep = keeper(node.type.kind, run);
    return run.space.build(node.type, (data, base, where) => {
      data.fill(emptyReduction[f][node.type.kind], base, base + elementsOf(node));
      run.space.forEach(dims, where, () => {
        const from = offset(x, where);
        for (let row = 0; row < elementsOf(node); row++) {
          for (let k = 0; k < length; k++) data[base + row] = keep(folds[f](at(data, base + row), number(x, from + row * length + k)));
        }
      });
    });
  },

  argmax: (node, args, run) => {
    const { dim } = node.attributes;
    const x = at(args, 0);
    const length = lastAxis(x.type.shape, dim === undefined);
    return run.space.build(node.type, (data, base, where) => {
      for (let row = 0; row < elementsOf(node); row++) {
        let best: { value: number; index: number } | undefined;
        const look = (value: number, index: number): void => {
          if (best === undefined || isLarger(value, best.value)) best = { value, index };
        };
        if (dim === undefined) for (let k = 0; k < length; k++) look(number(x, offset(x, where) + row * length + k), k);
        else run.space.forEach([dim], where, () => look(number(x, offset(x, where) + row), defined(where.get(dim), "a position")));
        data[base + row] = best?.index ?? 0;
      }
    });
  },

  top: (node, args, run) => {
    const { k, part } = node.attributes;
    const x = at(args, 0);
    return run.space.build(node.type, (data, base, where) => {
      const from = offset(x, where);
      const ids = Array.from({ length: x.size }, (_, i) => i);
      const value = (id: number) => number(x, from + id);
      ids.sort((i, j) => (isLarger(value(i), value(j)) ? -1 : isLarger(value(j), value(i)) ? 1 : i - j));
      for (let rank = 0; rank < k; rank++) data[base + rank] = part === "ids" ? at(ids, rank) : value(at(ids, rank));
    });
  },

  sliceAxis: (node, args, run) => {
    const { axis, start, size } = node.attributes;
    const x = at(args, 0);
    const { outer, size: whole, inner } = aroundAxis(x.type.shape, axis);
    return run.space.build(node.type, (data, base, where) => {
      const from = offset(x, where);
      for (let o = 0; o < outer; o++) {
        for (let i = 0; i < size * inner; i++) data[base + o * size * inner + i] = number(x, from + (o * whole + start) * inner + i);
      }
    });
  },

  concat: (node, args, run) => {
    const { outer, size: whole, inner } = aroundAxis(node.type.shape, node.attributes.axis);
    return run.space.build(node.type, (data, base, where) => {
      let start = 0;
      for (const arg of args) {
        const { size } = aroundAxis(arg.type.shape, node.attributes.axis);
        const from = offset(arg, where);
        for (let o = 0; o < outer; o++) {
          for (let i = 0; i < size * inner; i++) data[base + (o * whole + start) * inner + i] = number(arg, from + o * size * inner + i);
        }
        start += size;
      }
    });
  },

  axisToDim: (node, args, run) => {
    const { axis, dim } = node.attributes;
    const x = at(args, 0);
    const { outer, size, inner } = aroundAxis(node.type.shape, axis);
    const whole = aroundAxis(x.type.shape, axis).size;
    return run.space.build(node.type, (data, base, where) => {
      const from = offset(x, where);
      const start = defined(where.get(dim), "a position") * size;
      for (let o = 0; o < outer; o++) {
        for (let i = 0; i < size * inner; i++) data[base + o * size * inner + i] = number(x, from + (o * whole + start) * inner + i);
      }
    });
  },

  dimToAxis: (node, args, run) => {
    const { axis, dim } = node.attributes;
    const x = at(args, 0);
    const { outer, size: whole, inner } = aroundAxis(node.type.shape, axis);
    const { size } = aroundAxis(x.type.shape, axis);
    return run.space.build(node.type, (data, base, where) => {
      run.space.forEach([dim], where, () => {
        const from = offset(x, where);
        const start = defined(where.get(dim), "a position") * size;
        for (let o = 0; o < outer; o++) {
          for (let i = 0; i < size * inner; i++) data[base + (o * whole + start) * inner + i] = number(x, from + o * size * inner + i);
        }
      });
    });
  },

  view: (node, args, run) => {
    const { from, to } = node.attributes;
    return moved(node, at(args, 0), run, (where) => new Map([[from, defined(where.get(to), "a position")]]));
  },

  broadcast: (node, args, run) => moved(node, at(args, 0), run, () => new Map()),

  at: (node, args, run) => {
    const { dim } = node.attributes;
    const [xs, index] = [at(args, 0), at(args, 1)];
    return moved(node, xs, run, (where) => {
      const position = number(index, offset(index, where));
      return position >= 0 && position < run.space.length(dim) ? new Map([[dim, position]]) : undefined;
    });
  },

  pick: (node, args, run) => {
    const [table, id] = [at(args, 0), at(args, 1)];
    const rows = at(table.type.shape, 0);
    return run.space.build(node.type, (data, base, where) => {
      const row = number(id, offset(id, where));
      if (!(row >= 0 && row < rows)) return;
      const from = offset(table, where) + row * elementsOf(node);
      for (let i = 0; i < elementsOf(node); i++) data[base + i] = number(table, from + i);
    });
  },

  draw: (node, args, run) => elementwise(node, args, run, (counters) => uniformDraw(run.seed, node.attributes.site, counters)),

  history: (node, _, run) => {
    const { region, dim } = node.attributes;
    const past = defined(node.args[0], "what the history is of");
    return run.space.build(node.type, (data, base, where) => {
      const value = run.pastValue(region, past, defined(where.get(dim), "a position"));
      // No program may read a step that has not run; NaN shows if one does.
      if (value === undefined) data.fill(NaN, base, base + elementsOf(node));
      else copyVector(value, offset(value, where), data, base);
    });
  },

  scanOutput: (node, _, run) => at(run.scan(node.attributes.region).outputs, node.attributes.slot),
  scanFinal: (node, _, run) => at(run.scan(node.attributes.region).finals, node.attributes.slot),
};

