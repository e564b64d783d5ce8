/**
 * A list of instructions as one function: it calls the functions of the kernels in their order, inside the loops of the
 * program.
 *
 * Kernels are called through lists: V8 would inline a call by name into the loop around it, where a kernel runs slower than
 * on its own. All kernels of a list take the same arguments. A state that changes places with its next value is copied
 * after the turn where both are constants of the module; where they lie in the arena, their offsets are exchanged.
 */
import { freeNames, staticLength, type Length } from "../../ir/graph/length.js";
import type { Axis, Buffer, Expr, Kernel } from "../../ir/kernel/kernel.js";
import { Numbering } from "../../ir/kernel/traverse.js";
import type { Carried, Instruction, Loop } from "../../ir/program/program.js";
import { programLoops } from "../../ir/program/traverse.js";
import type { HelperName } from "../../runtime/helpers.js";
import { defined, invariant } from "../../support/invariant.js";
import { sortExternals, viewName, type External, type NamedExternal, type Placement } from "./externals.js";
import { emitExpression, emitKernel, type KernelFunction } from "./kernel-function.js";
import { lengthExpression } from "../length-text.js";
import { Names } from "../names.js";

export interface RunFunctionRequest {
  readonly instructions: readonly Instruction[];
  readonly placement: Placement;
  /** Names of the module. */
  readonly names: Names;
  /** What names begin with: the model's. */
  readonly prefix: string;
  /** The function's own name, already taken. */
  readonly name: string;
  /** Parameters of the function, in order. */
  readonly parameters: readonly string[];
  /** Free lengths in the order of the array `L`. */
  readonly lengths: readonly string[];
  /** Axes that stand for a parameter of the function. */
  readonly axes?: ReadonlyMap<Axis, string>;
  /** States of a loop that the caller drives: what a turn leaves is kept for the next call. */
  readonly carried?: readonly Carried[];
  /** False: without the text of kernels above their functions. */
  readonly comments?: boolean;
}

export interface RunFunctionText {
  readonly text: string;
  readonly helpers: ReadonlySet<HelperName>;
}

export function emitRunFunction(request: RunFunctionRequest): RunFunctionText {
  return new RunFunction(request).emit();
}

class RunFunction {
  readonly #request: RunFunctionRequest;
  readonly #names: Names;
  readonly #ids = new Numbering<object>();
  readonly #swapped: ReadonlySet<Buffer>;
  readonly #head: string[] = [];
  readonly #declared: string[] = [];
  readonly #offsets = new Map<Buffer, string>();
  readonly #lengths = new Map<string, string>();
  readonly #axes: Map<Axis, string>;
  readonly #helpers = new Set<HelperName>();

  constructor(request: RunFunctionRequest) {
    this.#request = request;
    this.#names = new Names(request.names, new Set([...request.parameters, "t"]));
    for (const name of request.parameters) this.#names.fresh(name, name);
    const pairs = [...programLoops(request.instructions).flatMap(({ carried }) => carried), ...(request.carried ?? [])];
    this.#swapped = new Set(pairs.filter((pair) => this.#isExchanged(pair)).flatMap(({ current, next }) => [current, next]));
    this.#axes = new Map(request.axes);
  }

  emit(): RunFunctionText {
    const { name, parameters, instructions, carried = [] } = this.#request;
    const body = [...this.#list([...instructions, ...this.#copies(carried)], false), ...this.#exchanges(carried)];
    for (const pair of carried.filter((each) => this.#isExchanged(each))) {
      for (const buffer of [pair.current, pair.next]) body.push(`o[${this.#slot(buffer)}] = ${this.#offset(buffer)};`);
    }
    const lines = [`function ${name}(${parameters.join(", ")}) {`, ...[...this.#head, ...body].map((line) => `  ${line}`), "}"];
    return { text: [...this.#declared, `${lines.join("\n")}\n`].join("\n"), helpers: this.#helpers };
  }

  /** Kernels that follow each other are called through one list. */
  #list(instructions: readonly Instruction[], repeated: boolean): string[] {
    const lines: string[] = [];
    let kernels: Kernel[] = [];
    const flush = (): void => {
      lines.push(...this.#calls(kernels, repeated));
      kernels = [];
    };
    for (const instruction of instructions) {
      if (instruction.op === "kernel") kernels.push(instruction.kernel);
      else if (instruction.op === "copy") kernels.push(copyKernel(instruction.from, instruction.to));
      else {
        flush();
        lines.push(...this.#loop(instruction));
      }
    }
    flush();
    return lines;
  }

  #calls(kernels: readonly Kernel[], repeated: boolean): string[] {
    if (kernels.length === 0) return [];
    const { placement, names, prefix } = this.#request;
    const made = kernels.map((kernel) => emitKernel(kernel, { placement, names, prefix, ids: this.#ids, comments: this.#request.comments ?? true }));
    for (const { helpers } of made) for (const helper of helpers) this.#helpers.add(helper);
    const union = new Map<string, NamedExternal>();
    for (const { parameters } of made) for (const each of parameters) if (!union.has(each.key)) union.set(each.key, each);
    const externals = sortExternals([...union.values()]);
    for (const each of made) this.#declared.push(each.text(parametersFor(each, externals)));
    const call = externals.map(({ external }) => this.#argument(external)).join(", ");
    const [only] = made;
    if (made.length === 1 && only !== undefined && !repeated) return [`${only.name}(${call});`];
    const list = names.fresh(`${prefix}_passes`, "passes");
    const members = made.map(({ name }) => name);
    // A list of one would be no list to V8.
    if (members.length === 1) members.push(this.#skip());
    this.#declared.push(`const ${list} = [${members.join(", ")}];\n`);
    const p = this.#names.fresh("pass", "pass");
    return [`for (let ${p} = 0; ${p} < ${members.length}; ${p}++) ${list}[${p}](${call});`];
  }

  #skip(): string {
    const name = this.#request.names.fresh(`${this.#request.prefix}_skip`, "skip");
    this.#declared.push(`function ${name}() {}\n`);
    return name;
  }

  #loop(loop: Loop): string[] {
    const variable = this.#names.fresh(loop.axis.name, "t");
    this.#axes.set(loop.axis, variable);
    const { extent } = loop.axis;
    const length = this.#length(extent.length);
    const lines: string[] = [];
    let [start, end] = ["0", length];
    if (extent.kind === "window") {
      start = this.#names.fresh(`${variable}_from`, "from");
      end = this.#names.fresh(`${variable}_to`, "to");
      lines.push(`const ${start} = Math.max(0, ${this.#bound(extent.start, `${loop.axis.name}_from`)});`);
      lines.push(`const ${end} = Math.min(${length}, ${this.#bound(extent.end, `${loop.axis.name}_to`)});`);
    }
    const body = [...this.#list([...loop.body, ...this.#copies(loop.carried)], true), ...this.#exchanges(loop.carried)];
    const header = loop.reverse
      ? `for (let ${variable} = ${end} - 1; ${variable} >= ${start}; ${variable}--) {`
      : `for (let ${variable} = ${start}; ${variable} < ${end}; ${variable}++) {`;
    return [...lines, header, ...body.map((line) => `  ${line}`), "}"];
  }

  /** The call of a function that computes the bound of a window. */
  #bound(expr: Expr, name: string): string {
    const { placement, names, prefix } = this.#request;
    const made = emitExpression(expr, name, { placement, names, prefix, ids: this.#ids, comments: false });
    for (const helper of made.helpers) this.#helpers.add(helper);
    this.#declared.push(made.text(made.parameters.map((each) => each.name)));
    return `${made.name}(${made.parameters.map(({ external }) => this.#argument(external)).join(", ")})`;
  }

  /** Two buffers of the arena, one for the state and one for the next. */
  #isExchanged({ current, next }: Carried): boolean {
    return current !== next && this.#request.placement(current).kind === "arena" && this.#request.placement(next).kind === "arena";
  }

  #copies(carried: readonly Carried[]): Instruction[] {
    const pairs = carried.filter((pair) => pair.current !== pair.next && !this.#isExchanged(pair));
    return pairs.map(({ current, next }) => ({ op: "copy", from: next, to: current }));
  }

  #exchanges(carried: readonly Carried[]): string[] {
    return carried.filter((pair) => this.#isExchanged(pair)).flatMap(({ current, next }) => {
      const [x, y] = [this.#offset(current), this.#offset(next)];
      const swap = this.#names.fresh("swap", "swap");
      return [`const ${swap} = ${x};`, `${x} = ${y};`, `${y} = ${swap};`];
    });
  }

  #argument(external: External): string {
    switch (external.kind) {
      case "memory":
        return viewName(external.element);
      case "array": {
        const place = this.#request.placement(external.buffer);
        invariant(place.kind === "argument", () => `${external.buffer.name} is no argument`);
        return place.text;
      }
      case "offset":
        return this.#offset(external.buffer);
      case "length":
        return this.#length(external.length);
      case "axis":
        return defined(this.#axes.get(external.axis), `the loop over ${external.axis.name}`);
      case "seed":
        return `seed${external.word}`;
    }
  }

  #slot(buffer: Buffer): number {
    const place = this.#request.placement(buffer);
    invariant(place.kind === "arena", () => `${buffer.name} has no offset`);
    return place.slot;
  }

  /** The variable that holds where a buffer begins. */
  #offset(buffer: Buffer): string {
    const known = this.#offsets.get(buffer);
    if (known !== undefined) return known;
    const name = this.#names.fresh(`at_${buffer.name}`, "at");
    this.#head.push(`${this.#swapped.has(buffer) ? "let" : "const"} ${name} = o[${this.#slot(buffer)}];`);
    this.#offsets.set(buffer, name);
    return name;
  }

  /** A length: a number, or a variable of the function. */
  #length(length: Length): string {
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
}

/** The names under which a kernel takes the arguments of its list; what it does not use it takes under any. */
function parametersFor(kernel: KernelFunction, externals: readonly NamedExternal[]): string[] {
  const own = new Map(kernel.parameters.map(({ key, name }) => [key, name]));
  const names = externals.map(({ key }, i) => own.get(key) ?? `_${i}`);
  while (names.at(-1)?.startsWith("_") === true) names.pop();
  return names;
}

/** The whole of one buffer into another of the same shape. */
function copyKernel(from: Buffer, to: Buffer): Kernel {
  const space = from.shape.map((length, i): Axis => ({ name: `i${i}`, extent: { kind: "length", length } }));
  const index = space.map((axis): Expr => ({ op: "axis", kind: "int", axis }));
  const value: Expr = { op: "load", kind: from.element === "float32" ? "real" : "int", buffer: from, index };
  return { name: `copy_${to.name}`, stage: 0, space, reductions: [], stores: [{ buffer: to, index, value, source: undefined }] };
}
