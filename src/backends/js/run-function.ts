/**
 * A list of instructions as one function: it calls the functions of the kernels in their order, inside the loops of the
 * program. Where a buffer lies is a number in the code, or a variable: because it is known only when the model runs, or
 * because two buffers of a loop change places after each turn.
 */
import { freeNames, staticLength, type Length } from "../../ir/graph/length.js";
import type { Axis, Buffer } from "../../ir/kernel/kernel.js";
import type { Instruction, Loop } from "../../ir/program/program.js";
import { programLoops } from "../../ir/program/traverse.js";
import type { HelperName } from "../../runtime/helpers.js";
import { defined, invariant } from "../../support/invariant.js";
import { viewName, type External, type Place } from "./externals.js";
import { emitKernel } from "./kernel-function.js";
import { Names } from "./names.js";

/** Where a buffer lies: `slot` is its number in the table of offsets that the module computes at run time. */
export interface BufferPlace extends Place {
  readonly slot: number | undefined;
}

export interface RunFunctionRequest {
  readonly instructions: readonly Instruction[];
  readonly place: (buffer: Buffer) => BufferPlace;
  /** Names of the module. */
  readonly names: Names;
  /** What names begin with: the model's. */
  readonly prefix: string;
  /** The function's own name, already taken. */
  readonly name: string;
  /** Parameters of the function, in order. */
  readonly parameters: string;
  /** Free lengths in the order of the array `L`. */
  readonly lengths: readonly string[];
  /** Pairs that change places and keep it from one call to the next: read from and written back to the array `o`. */
  readonly persistent?: ReadonlySet<Buffer>;
  /** Axes that stand for a parameter of the function. */
  readonly axes?: ReadonlyMap<Axis, string>;
  /** Text that follows the instructions, made with the names in sight. */
  readonly finish?: (writer: RunFunction) => readonly string[];
}

export interface RunFunctionText {
  readonly text: string;
  readonly helpers: ReadonlySet<HelperName>;
}

export function emitRunFunction(request: RunFunctionRequest): RunFunctionText {
  return new RunFunction(request).emit();
}

/** The buffers that change places with another one in some loop. */
export function swappedBuffers(loops: readonly Loop[]): Set<Buffer> {
  const swapped = new Set<Buffer>();
  for (const { carried } of loops) {
    for (const { current, next } of carried) if (current !== next) swapped.add(current).add(next);
  }
  return swapped;
}

export class RunFunction {
  readonly #request: RunFunctionRequest;
  readonly #names: Names;
  readonly #swapped: ReadonlySet<Buffer>;
  readonly #head: string[] = [];
  readonly #kernels: string[] = [];
  readonly #offsets = new Map<Buffer, string>();
  readonly #lengths = new Map<string, string>();
  readonly #axes: Map<Axis, string>;
  readonly helpers = new Set<HelperName>();

  constructor(request: RunFunctionRequest) {
    this.#request = request;
    const parameters = request.parameters.split(", ");
    this.#names = new Names(request.names, new Set(parameters));
    for (const name of parameters) this.#names.fresh(name, name);
    this.#names.fresh("swap", "swap");
    this.#swapped = new Set([...swappedBuffers(programLoops(request.instructions)), ...(request.persistent ?? [])]);
    this.#axes = new Map(request.axes);
  }

  emit(): RunFunctionText {
    const body = this.#list(this.#request.instructions);
    const finish = this.#request.finish?.(this) ?? [];
    const header = `function ${this.#request.name}(${this.#request.parameters}) {`;
    const lines = [header, ...[...this.#head, ...body, ...finish].map((line) => `  ${line}`), "}"];
    return { text: `${[...this.#kernels, `${lines.join("\n")}\n`].join("\n")}`, helpers: this.helpers };
  }

  #list(instructions: readonly Instruction[]): string[] {
    return instructions.flatMap((instruction) => this.#instruction(instruction));
  }

  #instruction(instruction: Instruction): string[] {
    switch (instruction.op) {
      case "kernel": {
        const placement = (buffer: Buffer): Place => {
          const place = this.#request.place(buffer);
          return this.#swapped.has(buffer) ? { ...place, offset: undefined } : place;
        };
        const made = emitKernel(instruction.kernel, placement, this.#request.names, this.#request.prefix);
        this.#kernels.push(made.text);
        for (const helper of made.helpers) this.helpers.add(helper);
        return [`${made.name}(${made.parameters.map((external) => this.#argument(external)).join(", ")});`];
      }
      case "copy":
        return this.#copy(instruction.from, instruction.to);
      case "loop":
        return this.#loop(instruction);
    }
  }

  #loop(loop: Loop): string[] {
    const variable = this.#names.fresh(loop.axis.name, "t");
    this.#axes.set(loop.axis, variable);
    const { extent } = loop.axis;
    invariant(extent.kind === "length", "a loop of a program runs over a whole length");
    const length = this.length(extent.length);
    const body = this.#list(loop.body);
    for (const { current, next } of loop.carried) {
      if (current !== next) body.push(...this.#swap(current, next));
    }
    const header = loop.reverse
      ? `for (let ${variable} = ${length} - 1; ${variable} >= 0; ${variable}--) {`
      : `for (let ${variable} = 0; ${variable} < ${length}; ${variable}++) {`;
    return [header, ...body.map((line) => `  ${line}`), "}"];
  }

  #swap(a: Buffer, b: Buffer): string[] {
    const [x, y] = [this.offset(a), this.offset(b)];
    const swap = this.#names.numbered("swap");
    return [`const ${swap} = ${x};`, `${x} = ${y};`, `${y} = ${swap};`];
  }

  #copy(from: Buffer, to: Buffer): string[] {
    const source = this.#request.place(from);
    const target = this.#request.place(to);
    const i = this.#names.numbered("i");
    const count = this.elements(from.shape);
    const at = (offset: string): string => (offset === "0" ? i : `${offset} + ${i}`);
    const read = `${viewName[source.block][from.element]}[${at(this.offset(from))}]`;
    const write = `${viewName[target.block][to.element]}[${at(this.offset(to))}]`;
    return [`for (let ${i} = 0; ${i} < ${count}; ${i}++) ${write} = ${read};`];
  }

  #argument(external: External): string {
    switch (external.kind) {
      case "memory":
        return viewName[external.block][external.element];
      case "offset":
        return this.offset(external.buffer);
      case "length":
        return this.length(external.length);
      case "axis":
        return defined(this.#axes.get(external.axis), `the loop over ${external.axis.name}`);
      case "seed":
        return `seed${external.word}`;
    }
  }

  /** Where a buffer begins: a number, or a variable of the function. */
  offset(buffer: Buffer): string {
    const known = this.#offsets.get(buffer);
    if (known !== undefined) return known;
    const place = this.#request.place(buffer);
    const swapped = this.#swapped.has(buffer);
    if (place.offset !== undefined && !swapped) return String(place.offset);
    const name = this.#names.fresh(`at_${buffer.name}`, "at");
    const start = place.slot === undefined ? String(defined(place.offset, "an offset")) : `o[${place.slot}]`;
    this.#head.push(`${swapped ? "let" : "const"} ${name} = ${start};`);
    this.#offsets.set(buffer, name);
    return name;
  }

  /** A length: a number, or a variable of the function. */
  length(length: Length): string {
    const size = staticLength(length);
    if (size !== undefined) return String(size);
    const text = lengthExpression(length, this.#request.lengths);
    const known = this.#lengths.get(text);
    if (known !== undefined) return known;
    const [only] = freeNames(length);
    const name = this.#names.fresh(only, "length");
    this.#head.push(`const ${name} = ${text};`);
    this.#lengths.set(text, name);
    return name;
  }

  elements(shape: readonly Length[]): string {
    const sizes = shape.map((size) => this.length(size));
    const fixed = sizes.filter((size) => /^\d+$/.test(size)).reduce((product, size) => product * Number(size), 1);
    const free = sizes.filter((size) => !/^\d+$/.test(size));
    return [...(fixed === 1 && free.length > 0 ? [] : [String(fixed)]), ...free].join(" * ");
  }
}

/** A length computed from the array `L` of free lengths. */
export function lengthExpression(length: Length, lengths: readonly string[]): string {
  const size = staticLength(length);
  if (size !== undefined) return String(size);
  const form = linearForm(length, lengths);
  const [term] = length.terms;
  const bare = length.terms.length === 1 && length.constant === 0 && term?.coefficient === 1 && term.atom.kind === "free";
  return bare ? form : `Math.max(0, ${form})`;
}

function linearForm(length: Length, lengths: readonly string[]): string {
  const terms = length.terms.map(({ coefficient, atom }) => {
    const text = atom.kind === "free" ? `L[${freeIndex(atom.name, lengths)}]` : `Math.floor((${linearForm(atom.numerator, lengths)}) / ${atom.divisor})`;
    return coefficient === 1 ? text : `${coefficient} * ${text}`;
  });
  return [...terms, ...(length.constant === 0 ? [] : [String(length.constant)])].join(" + ") || "0";
}

function freeIndex(name: string, lengths: readonly string[]): number {
  const index = lengths.indexOf(name);
  invariant(index >= 0, () => `the program does not declare its length ${name}`);
  return index;
}

