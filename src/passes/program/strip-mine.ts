/**
 * Strip mining: what is computed for a whole sequence before its loop, and read by each turn at its own position, is
 * computed for so many positions at a time, before the turns that read them. The products of the inputs, which are hoisted
 * out of the time loop so that many rows share what is loaded, take memory of a few rows then, which stays in the caches,
 * instead of that of a whole sequence of any length.
 *
 *     a[time, j] = ...                 loop strip over ceil(time / 16) {
 *     loop t over time {                 a[within, j] = ...               16 rows, fewer in the last strip
 *       ... a[t, j] ...       =>         loop within over those {
 *     }                                    ... a[within, j] ...           t is 16 strip + within
 *                                      } }
 *
 * A kernel moves into the strips where all that it stores is read in the loop only, at the loop's own position, or by others
 * that move too; and where nothing of what it reads changes between its place and the end of the loop.
 */
import { addLengths, fixedLength, floorDivideLength, sameLength, staticLength, type Length } from "../../ir/graph/length.js";
import type { Axis, Buffer, Expr, Extent, Kernel, Store } from "../../ir/kernel/kernel.js";
import { Dependences, ExprRewriter, kernelRoots, loadedBuffers, storedBuffers, visitExprs } from "../../ir/kernel/traverse.js";
import type { Instruction, Loop, Program } from "../../ir/program/program.js";
import { instructionBuffers, programKernels, visitInstructions } from "../../ir/program/traverse.js";
import { defined } from "../../support/invariant.js";
import { axisOf, binary, lengthOf, wholeNumber } from "./expressions.js";
import { FreshNames } from "./fresh-names.js";
import { restage } from "./restage.js";

export interface StripMineOptions {
  /** How many elements a strip takes in all, about. */
  readonly elements: number;
  /** The most positions of a strip. */
  readonly positions: number;
  /** As how many a free length counts there, such as that of a batch. */
  readonly freeLength: number;
  /** The number of positions is a multiple of this, so that products take several at a time. */
  readonly rows: number;
}

export function stripMine(options: StripMineOptions): (program: Program) => Program {
  return (program) => {
    const body = new StripMiner(program, options).list(program.body);
    return body === program.body ? program : { ...program, body: restage(body) };
  };
}

type Load = Extract<Expr, { readonly op: "load" }>;

/** The kernels that move, with their axes along the loop's sequence. */
type Producers = ReadonlyMap<Kernel, Axis>;

/** What a loop's producers store: in which place of its index each buffer has the position of the sequence. */
interface Strips {
  readonly producers: Producers;
  readonly places: ReadonlyMap<Buffer, number>;
}

class StripMiner {
  readonly #options: StripMineOptions;
  readonly #names: FreshNames;
  /** Buffers whose shape something else than a kernel's loads and stores knows. */
  readonly #fixed = new Set<Buffer>();
  readonly #loads = new Map<Buffer, { readonly kernel: Kernel; readonly load: Load }[]>();
  /** How many kernels store each buffer. */
  readonly #writers = new Map<Buffer, number>();

  constructor(program: Program, options: StripMineOptions) {
    this.#options = options;
    this.#names = FreshNames.ofAxes(program);
    // Kernels of inner lists are made anew on the way: what was loaded by such a one is no longer known to be inside, and stays.
    for (const kernel of programKernels(program.body)) this.#record(kernel);
    visitInstructions(program.body, (each) => {
      if (each.op === "copy") this.#fixed.add(each.from).add(each.to);
      if (each.op === "loop") for (const buffer of instructionBuffers([{ ...each, body: [] }])) this.#fixed.add(buffer);
    });
    for (const kernel of program.inputs.flatMap(({ fallback }) => fallback ?? [])) for (const buffer of [...loadedBuffers(kernel), ...storedBuffers(kernel)]) this.#fixed.add(buffer);
  }

  /** The same list where nothing moves. */
  list(instructions: readonly Instruction[]): readonly Instruction[] {
    let list: readonly Instruction[] = instructions.map((instruction) => {
      if (instruction.op !== "loop") return instruction;
      const body = this.list(instruction.body);
      return body === instruction.body ? instruction : { ...instruction, body };
    });
    for (const loop of list) {
      if (loop.op !== "loop") continue;
      const strips = this.#strips(list.slice(0, list.indexOf(loop)), loop);
      if (strips === undefined) continue;
      list = list.flatMap((each) => (each === loop ? [this.#mined(loop, strips)] : each.op === "kernel" && strips.producers.has(each.kernel) ? [] : [each]));
    }
    return list.every((each, i) => each === instructions[i]) && list.length === instructions.length ? instructions : list;
  }

  #record(kernel: Kernel): void {
    visitExprs(kernelRoots(kernel), (load) => {
      if (load.op !== "load") return;
      const known = this.#loads.get(load.buffer);
      if (known === undefined) this.#loads.set(load.buffer, [{ kernel, load }]);
      else known.push({ kernel, load });
    });
    for (const buffer of storedBuffers(kernel)) this.#writers.set(buffer, (this.#writers.get(buffer) ?? 0) + 1);
  }

  /** @param before the instructions before the loop */
  #strips(before: readonly Instruction[], loop: Loop): Strips | undefined {
    const { extent } = loop.axis;
    if (extent.kind === "window") return undefined;
    const producers = new Map<Kernel, Axis>();
    const places = new Map<Buffer, number>();
    for (const instruction of before) {
      if (instruction.op !== "kernel") continue;
      const found = this.#producer(instruction.kernel, extent.length);
      if (found === undefined) continue;
      producers.set(instruction.kernel, found.axis);
      for (const [buffer, place] of found.places) places.set(buffer, place);
    }
    const inside = new Set(programKernels(loop.body));
    // One that must stay takes with it those whose results it reads.
    for (let dropped = true; dropped; ) {
      dropped = false;
      const written = writtenFrom(before, loop, producers);
      for (const kernel of producers.keys()) {
        const isRead = [...storedBuffers(kernel)].every((buffer) => (this.#loads.get(buffer) ?? []).every((load) => this.#isAtPosition(load, places, producers, inside, loop.axis)));
        const isKept = ![...loadedBuffers(kernel)].some((buffer) => written(kernel, buffer));
        if (isRead && isKept) continue;
        producers.delete(kernel);
        for (const buffer of storedBuffers(kernel)) places.delete(buffer);
        dropped = true;
      }
    }
    const size = staticLength(extent.length) ?? Infinity;
    return places.size > 0 && size > this.#positions(places) ? { producers, places } : undefined;
  }

  /** A kernel that stores, at each position of one axis, what belongs to that position of a sequence of this length. */
  #producer(kernel: Kernel, length: Length): { readonly axis: Axis; readonly places: ReadonlyMap<Buffer, number> } | undefined {
    const places = new Map<Buffer, number>();
    const [first] = kernel.stores;
    const dependences = new Dependences();
    const axis = first?.index.flatMap((index) => (index.op === "axis" && kernel.space.includes(index.axis) && index.axis.extent.kind === "length" && sameLength(index.axis.extent.length, length) ? [index.axis] : []))[0];
    if (axis === undefined || !staysFast(kernel, axis)) return undefined;
    for (const { buffer, index } of kernel.stores) {
      const along = index.flatMap((each, d) => (dependences.of(each).axes.has(axis) ? [d] : []));
      const [place] = along;
      const other = place === undefined ? undefined : index[place];
      const shape = place === undefined ? undefined : buffer.shape[place];
      if (along.length !== 1 || place === undefined || other?.op !== "axis" || shape === undefined || !sameLength(shape, length)) return undefined;
      if (buffer.role !== "temporary" || this.#fixed.has(buffer) || this.#writers.get(buffer) !== 1) return undefined;
      if ((places.get(buffer) ?? place) !== place) return undefined;
      places.set(buffer, place);
    }
    return { axis, places };
  }

  #isAtPosition({ kernel, load }: { readonly kernel: Kernel; readonly load: Load }, places: ReadonlyMap<Buffer, number>, producers: Producers, inside: ReadonlySet<Kernel>, turn: Axis): boolean {
    const place = places.get(load.buffer);
    const index = place === undefined ? undefined : load.index[place];
    if (index?.op !== "axis") return false;
    if (inside.has(kernel)) return index.axis === turn;
    return producers.get(kernel) === index.axis;
  }

  #positions(places: ReadonlyMap<Buffer, number>): number {
    const { elements, positions, freeLength, rows } = this.#options;
    let ofOne = 0;
    for (const [{ shape }, place] of places) ofOne += shape.reduce((product, length, d) => (d === place ? product : product * (staticLength(length) ?? freeLength)), 1);
    return rows * Math.max(1, Math.floor(Math.min(elements / ofOne, positions) / rows));
  }

  #mined(loop: Loop, { producers, places }: Strips): Instruction {
    const { axis } = loop;
    const { length } = axis.extent;
    const positions = this.#positions(places);
    const strip: Axis = { name: this.#names.fresh(`${axis.name}_strip`), extent: { kind: "length", length: floorDivideLength(addLengths(length, fixedLength(positions - 1)), positions) } };
    const first = binary("multiply", "int", axisOf(strip), wholeNumber(positions));
    const extent = extentOfStrip(length, positions, first);
    const within: Axis = { name: this.#names.fresh(`${axis.name}_within`), extent };
    const buffers = new Map([...places].map(([buffer, place]) => [buffer, { ...buffer, shape: buffer.shape.map((size, d) => (d === place ? fixedLength(positions) : size)) }] as const));
    const inStrip = (buffer: Buffer, index: readonly Expr[], now: Axis): readonly Expr[] => index.map((each, d) => (d === places.get(buffer) ? axisOf(now) : each));
    /** What is said of a position of the sequence, said of the strip's. */
    const moved = (old: Axis, now: Axis): ExprRewriter => {
      const position = binary("add", "int", first, axisOf(now));
      return new ExprRewriter({
        expr: (expr) => {
          if (expr.op === "axis") return expr.axis === old ? position : expr;
          const buffer = expr.op === "load" ? buffers.get(expr.buffer) : undefined;
          return expr.op !== "load" || buffer === undefined ? expr : { ...expr, buffer, index: inStrip(expr.buffer, expr.index, now) };
        },
      });
    };
    const ahead = [...producers].map(([kernel, own]): Instruction => {
      const now: Axis = { name: own.name, extent };
      const changed = moved(own, now).kernel(kernel);
      const stores = changed.stores.map((store): Store => ({ ...store, buffer: defined(buffers.get(store.buffer), "a buffer of strips"), index: inStrip(store.buffer, store.index, now) }));
      return { op: "kernel", kernel: { ...changed, space: changed.space.map((each, d) => (kernel.space[d] === own ? now : each)), stores } };
    });
    const rewriter = moved(axis, within);
    const rewrite = (instructions: readonly Instruction[]): readonly Instruction[] =>
      instructions.map((instruction): Instruction => {
        if (instruction.op === "kernel") return { op: "kernel", kernel: rewriter.kernel(instruction.kernel) };
        return instruction.op === "loop" ? { ...instruction, axis: rewriter.axis(instruction.axis), body: rewrite(instruction.body) } : instruction;
      });
    const inner: Loop = { ...loop, axis: within, body: rewrite(loop.body) };
    return { ...loop, axis: strip, carried: [], body: [...ahead, inner] };
  }
}

/**
 * The vector axis must run over a whole length; and what is computed once for all positions of the sequence would be computed
 * for each strip again.
 */
function staysFast({ space, reductions }: Kernel, axis: Axis): boolean {
  return axis !== space.at(-1) && reductions.every(({ depth }) => depth > space.indexOf(axis));
}

/** As long as the strip, or as what is left of the sequence. */
function extentOfStrip(length: Length, positions: number, first: Expr): Extent {
  const size = staticLength(length);
  if (size !== undefined && size % positions === 0) return { kind: "length", length: fixedLength(positions) };
  return { kind: "window", length: fixedLength(positions), start: wholeNumber(0), end: binary("subtract", "int", lengthOf(length), first) };
}

/** Whether a buffer is written after a kernel, up to the end of the loop, by what does not move with it. */
function writtenFrom(before: readonly Instruction[], loop: Loop, producers: Producers): (kernel: Kernel, buffer: Buffer) => boolean {
  const writes = [...before, loop].map((instruction): ReadonlySet<Buffer> => {
    const written = new Set<Buffer>();
    visitInstructions([instruction], (each) => {
      if (each.op === "copy") written.add(each.to);
      else if (each.op === "loop") for (const { current, next } of each.carried) written.add(current).add(next);
      else if (!producers.has(each.kernel)) for (const buffer of storedBuffers(each.kernel)) written.add(buffer);
    });
    return written;
  });
  const place = new Map(before.flatMap((instruction, i) => (instruction.op === "kernel" ? [[instruction.kernel, i] as const] : [])));
  return (kernel, buffer) => writes.slice(defined(place.get(kernel), "a kernel before the loop") + 1).some((written) => written.has(buffer));
}
