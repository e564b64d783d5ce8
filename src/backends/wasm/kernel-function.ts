/**
 * One kernel as one function. The axes of the space become nested loops, outermost first; each reduction runs at its depth,
 * before the loops inside it; the stores stand innermost. An axis that is tiled runs in blocks, and each block computes its
 * positions side by side, the last axis four to a vector; what remains at the end gets code of its own.
 */
import { staticElements, staticLength } from "../../ir/graph/length.js";
import { internKernel } from "../../ir/kernel/intern.js";
import { type Axis, type Buffer, elementBytes, type Expr, type Kernel, type Reduction, type Store } from "../../ir/kernel/kernel.js";
import { isTileable } from "../../ir/kernel/tile.js";
import { Dependences, loadedBuffers, visitExprs } from "../../ir/kernel/traverse.js";
import { at } from "../../support/invariant.js";
import type { Lanes } from "./addresses.js";
import { addAffine, constantAffine, variableAffine } from "./affine.js";
import { get, i32, memory, plain, set, type Code, type Local } from "./encoder/instructions.js";
import { IntegerProductEmitter } from "./integer-products.js";
import { Loop, type Turns } from "./loops.js";
import { unaryRules } from "./operations.js";
import { ReductionEmitter } from "./reductions.js";
import { Scope } from "./scope.js";
import type { KernelContext } from "./value-source.js";
import { Values } from "./values.js";
import { narrowStores } from "./vectors.js";

/** The code of a function without parameters. */
export function emitKernel(kernel: Kernel, context: KernelContext): Code {
  return new KernelEmitter(internKernel(kernel), context).emit();
}

/** A function that gives the value of an integer: the bound of a loop over a window. */
export function emitExpression(expr: Expr, context: KernelContext): Code {
  const kernel: Kernel = { name: "bound", stage: 0, space: [], reductions: [], stores: [{ buffer: { name: "", role: "temporary", element: "int32", shape: [], source: undefined }, index: [], value: expr, source: undefined }] };
  const interned = internKernel(kernel);
  const values = new Values(interned, context);
  const code = values.scalar(at(interned.stores, 0).value, values.root, []);
  return [...values.root.code, ...code];
}

const lanesOfVector = 4;

const scalarStores = { float32: "f32.store", int32: "i32.store", ...narrowStores } as const;

/** What caches of a core hold at least in part: between half of the smallest and all of the largest that are common. */
const cachedBytes = 2 ** 20;

/** The weights that reductions read. */
function weightBytes({ reductions }: Kernel): number {
  const buffers = new Set<Buffer>();
  visitExprs(reductions.flatMap(({ accumulators }) => accumulators.map(({ value }) => value)), (expr) => {
    if (expr.op === "load" && (expr.buffer.role === "parameter" || expr.buffer.role === "prepared")) buffers.add(expr.buffer);
  });
  return [...buffers].reduce((sum, { element, shape }) => sum + elementBytes[element] * (staticElements(shape) ?? 0), 0);
}

class KernelEmitter {
  readonly #kernel: Kernel;
  readonly #values: Values;
  #tile: readonly number[];
  readonly #vectorAxis: number | undefined;

  constructor(kernel: Kernel, context: KernelContext) {
    this.#kernel = kernel;
    this.#values = new Values(kernel, context);
    this.#vectorAxis = vectorAxisOf(kernel);
    this.#tile = kernel.space.map((axis, d) => this.#tileOf(axis, d));
  }

  emit(): Code {
    this.#space(0, this.#values.root);
    return this.#values.root.code;
  }

  /** How many positions of an axis are computed together: a multiple of four on the vector axis, no more than there are on others. */
  #tileOf(axis: Axis, d: number): number {
    const asked = this.#kernel.tile?.[d] ?? 1;
    if (d === this.#vectorAxis) return lanesOfVector * Math.max(1, Math.ceil(asked / lanesOfVector));
    const size = staticLength(axis.extent.length);
    if (asked <= 1 || size === 0 || !isTileable(this.#kernel, d)) return 1;
    return size === undefined ? asked : Math.min(asked, size);
  }

  /** Makes a part of the code in which so many positions of an axis are computed together. */
  #with(depth: number, count: number, isVector: boolean, body: () => void): void {
    const values = this.#values;
    const { counts, vectorAxis } = values;
    values.counts = counts.map((old, d) => (d === depth ? count : old));
    if (depth === this.#vectorAxis) values.vectorAxis = isVector ? depth : undefined;
    body();
    values.counts = counts;
    values.vectorAxis = vectorAxis;
  }

  /** What runs inside the first `depth` axes. */
  #space(depth: number, scope: Scope): void {
    for (const reduction of this.#kernel.reductions) if (reduction.depth === depth) this.#reduction(reduction, scope);
    const axis = this.#kernel.space[depth];
    if (axis === undefined) {
      this.#stores(scope);
      return;
    }
    const size = axis.extent.kind === "length" ? staticLength(axis.extent.length) : undefined;
    if (size === 0) return;
    const tile = this.#tile[depth] ?? 1;
    const isVector = depth === this.#vectorAxis;
    if (tile === 1) this.#with(depth, 1, false, () => this.#loop(axis, scope, (inner) => this.#space(depth + 1, inner)));
    else if (size !== undefined) this.#staticTiles(depth, axis, size, tile, isVector, scope);
    else this.#freeTiles(depth, axis, tile, isVector, scope);
  }

  #staticTiles(depth: number, axis: Axis, size: number, tile: number, isVector: boolean, scope: Scope): void {
    const blocks = Math.floor(size / tile);
    const rest = size - blocks * tile;
    if (blocks > 0) {
      const loop = new Loop(scope, blocks, this.#values.numbers, isVector && blocks > 1 ? this.#backwards() : undefined);
      this.#values.bindAxis(axis, blocks === 1 ? constantAffine(0) : variableAffine(loop.variable, tile), loop.inner);
      this.#with(depth, tile, isVector, () => this.#space(depth + 1, loop.inner));
      loop.close();
    }
    if (rest > 0) {
      const loop = new Loop(scope, 1, this.#values.numbers);
      this.#values.bindAxis(axis, constantAffine(size - rest), loop.inner);
      this.#with(depth, rest, isVector, () => this.#space(depth + 1, loop.inner));
      loop.close();
    }
  }

  /**
   * A kernel that reads more weights at each turn of a loop than a cache holds goes through them to and fro: at the end of a
   * turn the last ones are still there.
   */
  #backwards(): Local | undefined {
    const values = this.#values;
    const { turn, block } = values.context;
    if (turn === undefined || weightBytes(this.#kernel) < cachedBytes) return undefined;
    const local = values.numbers.local("i32", "backwards");
    values.root.add(get(values.control(block.axis(turn))), i32(1), plain("i32.and"), set(local));
    return local;
  }

  /** Blocks as long as there are whole ones, then one position after another. */
  #freeTiles(depth: number, axis: Axis, tile: number, isVector: boolean, scope: Scope): void {
    const { numbers, addresses } = this.#values;
    const { from, count } = this.#freeExtent(axis, scope);
    const [blocks, left, first] = (["blocks", "left", "first"] as const).map((name) => numbers.local("i32", name));
    if (blocks === undefined || left === undefined || first === undefined) return;
    scope.add(...count, i32(tile), plain("i32.div_s"), set(blocks), get(blocks), i32(tile), plain("i32.mul"), set(first), ...count, get(first), plain("i32.sub"), set(left));
    if (from !== undefined) scope.add(get(first), get(from), plain("i32.add"), set(first));
    const whole = new Loop(scope, blocks, numbers);
    const block = variableAffine(whole.variable, tile);
    this.#values.bindAxis(axis, from === undefined ? block : addAffine(variableAffine(addresses.variable(from, scope, true)), block), whole.inner);
    this.#with(depth, tile, isVector, () => this.#space(depth + 1, whole.inner));
    whole.close();
    const rest = new Loop(scope, left, numbers);
    this.#values.bindAxis(axis, addAffine(variableAffine(addresses.variable(first, scope, true)), variableAffine(rest.variable)), rest.inner);
    this.#with(depth, 1, false, () => this.#wider(tile, () => this.#space(depth + 1, rest.inner)));
    rest.close();
  }

  /**
   * Of the rows that whole blocks leave there are fewer: so each is computed at more positions of the vector axis at a time, or
   * its few sums would wait for their last terms. Twice as many take half of that wait, and little code.
   */
  #wider(rows: number, body: () => void): void {
    const tile = this.#tile;
    const d = this.#vectorAxis;
    const extent = d === undefined ? undefined : this.#kernel.space[d]?.extent;
    const wide = Math.min(rows, 2) * (d === undefined ? 1 : at(tile, d));
    if (extent?.kind === "length" && (staticLength(extent.length) ?? 1) % wide === 0) this.#tile = tile.map((old, each) => (each === d ? wide : old));
    body();
    this.#tile = tile;
  }

  /** A plain loop over an axis. @param unroll so many positions in each turn, where the body keeps no values of its axes */
  #loop(axis: Axis, scope: Scope, body: (inner: Scope) => void, unroll = 1): void {
    const { numbers, addresses } = this.#values;
    const { extent } = axis;
    const size = staticLength(extent.length);
    if (extent.kind === "length" && size !== undefined && size > unroll && size % unroll === 0 && unroll > 1) {
      const loop = new Loop(scope, size / unroll, numbers);
      for (let i = 0; i < unroll; i++) {
        this.#values.bindAxis(axis, addAffine(constantAffine(i), variableAffine(loop.variable, unroll)), loop.inner);
        body(loop.inner);
      }
      loop.close();
      return;
    }
    let turns: Turns;
    let start = constantAffine(0);
    if (extent.kind === "window" || size === undefined) {
      const { from, count } = this.#freeExtent(axis, scope);
      turns = numbers.local("i32", "count");
      scope.add(...count, set(turns));
      if (from !== undefined) start = variableAffine(addresses.variable(from, scope, true));
    } else {
      turns = size;
    }
    const loop = new Loop(scope, turns, numbers);
    this.#values.bindAxis(axis, turns === 1 ? start : addAffine(start, variableAffine(loop.variable)), loop.inner);
    body(loop.inner);
    loop.close();
  }

  /** How many positions there are, none or fewer if none; and of a window the first of them. */
  #freeExtent({ extent }: Axis, scope: Scope): { readonly from?: Local; readonly count: Code } {
    const length = this.#values.length(extent.length);
    if (extent.kind === "length") return { count: length };
    const { numbers } = this.#values;
    const none = this.#kernel.space.map(() => 0);
    const [from, to] = [numbers.local("i32", "from"), numbers.local("i32", "to")];
    scope.add(...this.#values.scalar(extent.start, scope, none), set(from), get(from), i32(0), get(from), i32(0), plain("i32.gt_s"), plain("select"), set(from));
    scope.add(...this.#values.scalar(extent.end, scope, none), set(to), get(to), ...length, get(to), ...length, plain("i32.lt_s"), plain("select"), set(to));
    return { from, count: [get(to), get(from), plain("i32.sub")] };
  }

  /** The tiled positions of the first `depth` axes; on the vector axis one for each vector. */
  #positions(depth: number): Lanes[] {
    const { counts, vectorAxis } = this.#values;
    let all: number[][] = [[]];
    for (const d of this.#kernel.space.keys()) {
      const count = d < depth ? at(counts, d) : 1;
      const step = d === vectorAxis ? lanesOfVector : 1;
      all = all.flatMap((lanes) => Array.from({ length: Math.ceil(count / step) }, (_, i) => [...lanes, i * step]));
    }
    return all;
  }

  #reduction(reduction: Reduction, scope: Scope): void {
    const emitter = IntegerProductEmitter.of(this.#values, reduction, scope) ?? new ReductionEmitter(this.#values, reduction, scope);
    const { turns, after } = emitter.begin(this.#positions(reduction.depth));
    const pairs = emitter.unroll === 1 && this.#isOneRow() && takesPairs(reduction, turns.length);
    const nest = (depth: number, outer: Scope): void => {
      const axis = emitter.axes[depth];
      if (axis === undefined) for (const turn of turns) turn(outer);
      else if (depth === emitter.axes.length - 1 && pairs) this.#pairs(reduction, axis, turns, outer);
      else this.#loop(axis, outer, (inner) => nest(depth + 1, inner), depth === emitter.axes.length - 1 ? emitter.unroll : 1);
    };
    nest(0, scope);
    for (const each of after) each();
    emitter.bind();
  }

  #isOneRow(): boolean {
    const { counts, vectorAxis } = this.#values;
    return vectorAxis !== undefined && counts.every((count, d) => count === 1 || d === vectorAxis);
  }

  /**
   * Two terms at a time, those of a sum before those of the next, in a loop that checks first. V8 puts what a turn leaves for
   * the next one as late as it can, from the last sum to the first, and loads, which must stay in order, as early. So loads
   * and sums alternate, as here, if nothing behind the turn needs the sums; otherwise there are too few registers for all that
   * was loaded. Where another loop goes on from the sums, it takes them the other way round.
   */
  #pairs(reduction: Reduction, axis: Axis, turns: readonly ((inner: Scope) => void)[], outer: Scope): void {
    const values = this.#values;
    const size = staticLength(axis.extent.length) ?? 0;
    const loop = new Loop(outer, Math.floor(size / 2), values.numbers, undefined, "first");
    const terms = [0, 1].map((term) => ({ scope: new Scope(loop.inner), place: addAffine(variableAffine(loop.variable, 2), constantAffine(term)) }));
    for (const turn of loopsAfter(reduction, this.#kernel) % 2 === 0 ? turns : [...turns].reverse()) {
      for (const { scope, place } of terms) {
        values.bindAxis(axis, place, scope);
        turn(scope);
        loop.inner.add(...scope.code.splice(0));
      }
    }
    loop.close();
    if (size % 2 === 0) return;
    const last = new Scope(outer);
    values.bindAxis(axis, constantAffine(size - 1), last);
    for (const turn of turns) turn(last);
    outer.add(...last.code);
  }

  #stores(scope: Scope): void {
    const { stores, space } = this.#kernel;
    const positions = this.#positions(space.length);
    // Exponentials are long chains. V8 mixes those of two vectors where nothing is stored between them; of more, they do not fit in registers.
    const long = positions.length > 1 && holdsExponentials(stores);
    const loaded = loadedBuffers(this.#kernel);
    // Every load of a position comes before its stores: where one could overtake the other, values are computed first.
    const waits = long || stores.some((store) => loaded.has(store.buffer));
    const together = long ? 2 : positions.length;
    for (let first = 0; first < positions.length; first += together) {
      const writes = stores.flatMap((store) => positions.slice(first, first + together).map((lanes) => this.#store(store, scope, lanes, waits)));
      for (const write of writes) write?.();
    }
  }

  /** Computes what is stored at a position, and stores it, unless it is to wait: then it gives what will. */
  #store(store: Store, scope: Scope, lanes: Lanes, waits: boolean): (() => void) | undefined {
    const values = this.#values;
    const isVector = values.vectorAxis !== undefined && (values.varies(store.value) || store.index.some((index) => values.varies(index)));
    const value = isVector ? this.#vector(store, scope, lanes) : this.#scalar(store, scope, lanes);
    if (!waits) {
      this.#write(store, value, isVector, scope, lanes);
      return undefined;
    }
    const kept = this.#keep(value, isVector ? "v128" : store.buffer.element === "float32" ? "f32" : "i32", scope);
    return () => this.#write(store, kept, isVector, scope, lanes);
  }

  #keep(value: Code, type: Local["type"], scope: Scope): Code {
    const local = this.#values.numbers.local(type, "value");
    scope.add(...value, set(local));
    return [get(local)];
  }

  #write(store: Store, value: Code, isVector: boolean, scope: Scope, lanes: Lanes): void {
    const { addresses, vectors } = this.#values;
    if (isVector) {
      scope.add(...vectors.store(store.buffer, vectors.places(store.buffer, store.index, scope, lanes), value));
      return;
    }
    const { base, offset } = addresses.address(addresses.element(store.buffer, store.index, scope, lanes), false);
    scope.add(...base, ...value, memory(scalarStores[store.buffer.element], offset));
  }

  /** A value as memory holds it: conditions are 0 or 1. */
  #vector({ buffer, value }: Store, scope: Scope, lanes: Lanes): Code {
    if (buffer.element === "float32") return this.#values.vectors.real(value, scope, lanes);
    const code = this.#values.vector(value, scope, lanes);
    return value.kind === "condition" ? [...code, plain("i32x4.neg")] : code;
  }

  #scalar({ buffer, value }: Store, scope: Scope, lanes: Lanes): Code {
    return buffer.element === "float32" ? this.#values.scalars.real(value, scope, lanes) : this.#values.scalar(value, scope, lanes);
  }
}

function holdsExponentials(stores: readonly Store[]): boolean {
  let found = false;
  visitExprs(stores.map(({ value }) => value), (expr) => {
    if (expr.op === "unary" && "vector" in unaryRules[expr.f]) found = true;
  });
  return found;
}

/** V8 unrolls loops over fewer sums itself; more do not fit into registers. */
const sumsOfPairs = { fewest: 8, most: 10 };

/** Sums of products of two numbers that are read. */
function takesPairs({ axes, accumulators }: Reduction, sums: number): boolean {
  const axis = axes.at(-1);
  const size = axis?.extent.kind === "length" ? staticLength(axis.extent.length) : undefined;
  if (size === undefined || size < 4 || sums < sumsOfPairs.fewest || sums > sumsOfPairs.most) return false;
  return accumulators.every(({ f, value }) => f === "sum" && value.op === "binary" && value.f === "multiply" && value.left.op === "load" && value.right.op === "load");
}

/** How many reductions, one after another, go on from the sums of one. */
function loopsAfter(reduction: Reduction, kernel: Kernel): number {
  const next = kernel.reductions.find(({ accumulators }) => accumulators.some(({ start }) => start?.op === "result" && start.reduction === reduction));
  return next === undefined ? 0 : 1 + loopsAfter(next, kernel);
}

/** The last axis, where four of its positions can be computed side by side. */
function vectorAxisOf({ space, reductions }: Kernel): number | undefined {
  const d = space.length - 1;
  const axis = space[d];
  if (axis === undefined || axis.extent.kind === "window" || staticLength(axis.extent.length) === 1) return undefined;
  const dependences = new Dependences();
  const inside = new Set(reductions.filter(({ depth }) => depth > d));
  const varies = (expr: Expr): boolean => {
    const { axes, reductions: read } = dependences.of(expr);
    return axes.has(axis) || [...read].some((each) => inside.has(each));
  };
  for (const { axes, accumulators } of inside) {
    if (accumulators.some(({ f }) => f === "argmax" || f === "top")) return undefined;
    if (axes.some(({ extent }) => extent.kind === "window" && (varies(extent.start) || varies(extent.end)))) return undefined;
  }
  return d;
}
