/**
 * Gives every input, state, temporary and output its place in one arena. Buffers that are never alive together share
 * memory, so a run allocates nothing but that one block.
 *
 * Instructions are numbered in the order in which they are written. A buffer lives from its first to its last access, and
 * - an input from the beginning, an output to the end;
 * - through the whole of a loop, if what it holds matters from one turn to the next: it is carried, or it is used outside
 *   of the loop too, or a turn reads it before writing it, or writes only the part that belongs to that turn;
 * - as long as the buffer with which it changes places.
 */
import { staticElements } from "../../ir/graph/length.js";
import type { Axis, Buffer, Expr, Kernel } from "../../ir/kernel/kernel.js";
import { axisRoots, buffersBelow, Dependences, loadedBuffers, visitExprs } from "../../ir/kernel/traverse.js";
import type { Arena, Instruction, Loop, Program, Slot, StreamProgram } from "../../ir/program/program.js";
import { programBuffers } from "../../ir/program/traverse.js";
import { at, defined } from "../../support/invariant.js";
import { placeSlots } from "../../ir/program/place-slots.js";

export function planBuffers(program: Program): Program {
  return { ...program, arena: arenaOf(program, new Set()) };
}

/**
 * A stream's loop is driven from outside, but it is a loop all the same: what it needs from turn to turn stays in place.
 * Its inputs are written anew before each turn, also those that no kernel reads, so nothing may share their memory.
 */
export function planStream(stream: StreamProgram): StreamProgram {
  const fed = new Set(stream.program.inputs.filter(({ name }) => stream.stepInputs.includes(name)).map(({ buffer }) => buffer));
  return { ...stream, program: { ...stream.program, arena: arenaOf(stream.program, fed) } };
}

interface Life {
  from: number;
  to: number;
}

interface LoopSpan {
  readonly loop: Loop;
  readonly first: number;
  last: number;
  readonly accesses: Map<Buffer, Access[]>;
}

interface Access {
  readonly position: number;
  readonly loads: boolean;
  readonly stores: boolean;
  /** Axes of enclosing loops that the indices of its stores mention, or true where a load decides the place. */
  readonly partial: (axis: Axis) => boolean;
}

/** @param fed inputs that are written before each turn of the loop, not once at the beginning */
export function liveRanges(program: Program, fed: ReadonlySet<Buffer> = new Set()): ReadonlyMap<Buffer, Readonly<Life>> {
  const lives = new Map<Buffer, Life>();
  const counts = new Map<Buffer, number>();
  const spans: LoopSpan[] = [];
  const open: LoopSpan[] = [];
  let position = 0;

  const touch = (buffer: Buffer, access: Access): void => {
    const life = lives.get(buffer);
    if (life === undefined) lives.set(buffer, { from: access.position, to: access.position });
    else life.to = access.position;
    counts.set(buffer, (counts.get(buffer) ?? 0) + 1);
    for (const span of open) span.accesses.set(buffer, [...(span.accesses.get(buffer) ?? []), access]);
  };
  const visit = (instructions: readonly Instruction[]): void => {
    for (const instruction of instructions) {
      if (instruction.op === "loop") {
        const span: LoopSpan = { loop: instruction, first: position + 1, last: position, accesses: new Map() };
        // The bounds of a window are computed before the loop.
        for (const buffer of boundBuffers(instruction)) touch(buffer, { position: position + 1, loads: true, stores: false, partial: () => false });
        open.push(span);
        spans.push(span);
        visit(instruction.body);
        span.last = Math.max(span.first, position);
        open.pop();
        continue;
      }
      position += 1;
      if (instruction.op === "kernel") for (const [buffer, access] of kernelAccesses(instruction.kernel, position)) touch(buffer, access);
      else {
        touch(instruction.from, { position, loads: true, stores: false, partial: () => false });
        touch(instruction.to, { position, loads: false, stores: true, partial: () => false });
      }
    }
  };
  visit(program.body);
  const end = position + 1;

  const extend = (buffer: Buffer, from: number, to: number): void => {
    const life = lives.get(buffer) ?? { from, to };
    lives.set(buffer, { from: Math.min(life.from, from), to: Math.max(life.to, to) });
  };
  for (const buffer of programBuffers(program)) {
    if (buffer.role !== "parameter" && buffer.role !== "prepared" && !lives.has(buffer)) lives.set(buffer, { from: 0, to: 0 });
  }
  for (const { buffer } of program.inputs) extend(buffer, 0, fed.has(buffer) ? end : 0);
  for (const { buffer } of program.outputs) extend(buffer, end, end);
  for (const { loop, first, last, accesses } of spans) {
    for (const [buffer, list] of accesses) {
      const inside = list.length === counts.get(buffer) && !program.outputs.some((output) => output.buffer === buffer) && !program.inputs.some((input) => input.buffer === buffer);
      const start = at(list, 0);
      const local = inside && start.stores && !start.loads && list.every((access) => !access.partial(loop.axis));
      if (!local) extend(buffer, first, last);
    }
    for (const { current, next } of loop.carried) {
      extend(current, first, last);
      extend(next, first, last);
    }
  }
  shareLives(lives, spans.flatMap(({ loop }) => loop.carried.map(({ current, next }) => [current, next] as const)));
  return lives;
}

/** After an odd number of turns each of a pair lies where the other began: both live as long as either. */
function shareLives(lives: Map<Buffer, Life>, pairs: readonly (readonly [Buffer, Buffer])[]): void {
  for (let changed = true; changed; ) {
    changed = false;
    for (const [a, b] of pairs) {
      const x = defined(lives.get(a), "the life of a state");
      const y = defined(lives.get(b), "the life of a state");
      const from = Math.min(x.from, y.from);
      const to = Math.max(x.to, y.to);
      for (const life of [x, y]) {
        if (life.from === from && life.to === to) continue;
        life.from = from;
        life.to = to;
        changed = true;
      }
    }
  }
}

function kernelAccesses(kernel: Kernel, position: number): ReadonlyMap<Buffer, Access> {
  const loaded = loadedBuffers(kernel);
  const dependences = new Dependences();
  const accesses = new Map<Buffer, Access>();
  for (const buffer of loaded) if (isPlanned(buffer)) accesses.set(buffer, { position, loads: true, stores: false, partial: () => false });
  for (const { buffer } of kernel.stores) {
    // Over a window, too, only a part may be written.
    const bounds = kernel.space.flatMap(axisRoots);
    const indices = [...kernel.stores.filter((store) => store.buffer === buffer).flatMap((store) => store.index), ...bounds];
    // What an index is computed from may change from turn to turn.
    const mentions = (axis: Axis): boolean => indices.some((expr) => dependences.of(expr).axes.has(axis) || mayChange(expr));
    accesses.set(buffer, { position, loads: loaded.has(buffer), stores: true, partial: mentions });
  }
  return accesses;
}

function boundBuffers({ axis }: Loop): Set<Buffer> {
  return new Set([...buffersBelow(axisRoots(axis))].filter(isPlanned));
}

/** Whether an expression may have another value at each turn though it mentions no axis. */
function mayChange(root: Expr): boolean {
  let found = false;
  visitExprs([root], ({ op }) => {
    if (op === "load" || op === "draw" || op === "result") found = true;
  });
  return found;
}

function isPlanned({ role }: Buffer): boolean {
  return role !== "parameter" && role !== "prepared";
}

function arenaOf(program: Program, fed: ReadonlySet<Buffer>): Arena {
  const lives = [...liveRanges(program, fed)].filter(([buffer]) => isPlanned(buffer));
  const fixed = lives.flatMap(([buffer, { from, to }]) => {
    const size = staticElements(buffer.shape);
    return size === undefined ? [] : [{ buffer, size, from, to }];
  });
  const placed = placeSlots(fixed);
  const offsets = new Map(fixed.map(({ buffer }, i) => [buffer, at(placed.offsets, i)]));
  const slots = lives.map(([buffer, { from, to }]): Slot => ({ buffer, elements: buffer.shape, from, to, offset: offsets.get(buffer) }));
  return { slots, fixed: placed.total, size: fixed.length === lives.length ? placed.total : undefined };
}
