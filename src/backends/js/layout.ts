/**
 * Where everything lies.
 *
 * A program's buffers of known size are views of one block of memory, each a constant of the module; elements take 8 bytes
 * there, since float64 saves a conversion at each load. The others lie in the arena of the run. Weights are constants of
 * their own. Models of one module share what they have in common: parameters by name, prepared buffers when they are
 * computed alike from the same parameters.
 */
import { staticElements, staticLength } from "../../ir/graph/length.js";
import { elementCount } from "../../ir/graph/types.js";
import type { Buffer, Kernel } from "../../ir/kernel/kernel.js";
import { Dependences, visitExprs } from "../../ir/kernel/traverse.js";
import type { Instruction, Program, ProgramParameter, Slot } from "../../ir/program/program.js";
import { instructionBuffers, programBuffers } from "../../ir/program/traverse.js";
import { defined, invariant } from "../../support/invariant.js";
import type { PreparedLayout } from "../prepare.js";
import { separateArena } from "../sizes.js";
import type { Place } from "./externals.js";
import type { Names } from "../names.js";

export interface ArenaLayout {
  readonly places: ReadonlyMap<Buffer, Place>;
  /** Buffers whose place is found at run time, by slot. */
  readonly slots: readonly Slot[];
  /** The constant that holds all static memory, and its number of 8-byte elements. */
  readonly memory: string;
  readonly size: number;
  /** Declarations of the constants. */
  readonly text: string;
}

/** Static buffers at the offsets of the planner; in a program that was not planned, each in a place of its own. */
export function arenaLayout(program: Program, prefix: string, names: Names): ArenaLayout {
  const wanted = [...programBuffers(program)].filter((buffer) => buffer.role !== "parameter" && buffer.role !== "prepared");
  const arena = program.arena ?? separateArena(wanted);
  const places = new Map<Buffer, Place>();
  const slots: Slot[] = [];
  const memory = names.fresh(`${prefix}_memory`, "memory");
  const lines = [`const ${memory} = new Float64Array(new ArrayBuffer(${arena.fixed * 8}));`];
  for (const slot of arena.slots) {
    const { buffer, offset } = slot;
    if (offset === undefined) {
      places.set(buffer, { kind: "arena", slot: slots.length });
      slots.push(slot);
      continue;
    }
    const name = names.fresh(`${prefix}_${buffer.name}`, "buffer");
    lines.push(`const ${name} = new ${arrayType(buffer)}(${memory}.buffer, ${offset * 8}, ${defined(staticElements(buffer.shape), "a size")});`);
    places.set(buffer, { kind: "constant", names: [name] });
  }
  for (const buffer of wanted) invariant(places.has(buffer), () => `the arena has no place for ${buffer.name}`);
  return { places, slots, memory, size: arena.fixed, text: `${lines.join("\n")}\n` };
}

/** What the caller sees is float32; what only kernels see need not be rounded. */
export function arrayType(buffer: Buffer): string {
  if (buffer.element === "int32") return "Int32Array";
  return buffer.role === "output" ? "Float32Array" : "Float64Array";
}

/** Weights of a module that take no more than this as float64 are kept so: it saves a conversion for each product. */
const float64Limit = 32 * 1024 * 1024;

/** The arrays of a module that hold weights. */
export class WeightsLayout implements PreparedLayout {
  readonly #parameters = new Map<string, { readonly parameter: ProgramParameter; readonly place: Place }>();
  readonly #places = new Map<Buffer, Place>();
  readonly #shared = new Map<string, Place>();
  readonly #lines: string[] = [];
  readonly #arrays: string[] = [];
  readonly #hot: ReadonlySet<Buffer>;
  readonly #wide: boolean;

  constructor(readonly names: Names, kernels: readonly Kernel[]) {
    this.#hot = hotWeights(kernels);
    let bytes = 0;
    for (const { shape } of this.#hot) bytes += 8 * (staticElements(shape) ?? 0);
    this.#wide = bytes <= float64Limit;
  }

  get text(): string {
    return `${[...this.#lines, `const weightArrays = [${this.#arrays.join(", ")}];`].join("\n")}\n`;
  }

  place(buffer: Buffer): Place | undefined {
    return this.#places.get(buffer);
  }

  get parameters(): readonly { readonly parameter: ProgramParameter; readonly place: Place }[] {
    return [...this.#parameters.values()];
  }

  /** Parameters that some model reads directly are kept, the others are needed only while weights are prepared. */
  addParameters(programs: readonly { readonly program: Pick<Program, "parameters">; readonly body: readonly Instruction[] }[]): void {
    const kept = new Map<string, Buffer>();
    for (const { program, body } of programs) {
      const used = instructionBuffers(body);
      for (const { name, buffer } of program.parameters) {
        if (used.has(buffer) && (this.#hot.has(buffer) || !kept.has(name))) kept.set(name, buffer);
      }
    }
    for (const { program } of programs) {
      for (const parameter of program.parameters) {
        const { name, buffer, shape } = parameter;
        const known = this.#parameters.get(name);
        invariant(known === undefined || known.parameter.shape.join() === shape.join(), () => `two shapes of the parameter ${name}`);
        const first = kept.get(name);
        const place: Place = known?.place ?? (first === undefined ? { kind: "argument", text: `arrays[${JSON.stringify(name)}]` } : this.#array(first, elementCount(shape), name));
        if (known === undefined) this.#parameters.set(name, { parameter, place });
        this.#places.set(buffer, place);
      }
    }
  }

  /** A prepared buffer; one that was made before under the same key shares its place. */
  addPrepared(buffer: Buffer, kept: boolean, key: string, hint: string): { readonly shared: boolean } {
    const full = `${kept ? "kept" : "scratch"} ${key}`;
    const known = this.#shared.get(full);
    const size = staticElements(buffer.shape);
    invariant(size !== undefined, () => `${buffer.name} is prepared, but its size depends on the run`);
    const place = known ?? (kept ? this.#array(buffer, size, hint) : { kind: "argument", text: this.names.fresh(`scratch_${hint}`, "scratch") });
    this.#shared.set(full, place);
    this.#places.set(buffer, place);
    return { shared: known !== undefined };
  }

  #array(buffer: Buffer, size: number, hint: string): Place {
    const type = buffer.element === "int32" ? "int32" : this.#hot.has(buffer) && this.#wide ? "float64" : "float32";
    const banks = buffer.lanes === true ? defined(staticLength(defined(buffer.shape[0], "an axis")), "a size") : 1;
    const names = Array.from({ length: banks }, (_, i) => this.names.fresh(`w_${hint}${banks === 1 ? "" : `_${i}`}`, "weights"));
    for (const name of names) {
      this.#lines.push(`const ${name} = ${type}(${size / banks}, ${this.#arrays.length});`);
      this.#arrays.push(name);
    }
    return { kind: "constant", names };
  }
}

/** Weights that are read along the axis of a reduction: there a conversion from float32 costs most. */
function hotWeights(kernels: readonly Kernel[]): ReadonlySet<Buffer> {
  const hot = new Set<Buffer>();
  for (const { reductions } of kernels) {
    for (const { axes, accumulators } of reductions) {
      const dependences = new Dependences();
      visitExprs(accumulators.map(({ value }) => value), (expr) => {
        if (expr.op !== "load" || (expr.buffer.role !== "parameter" && expr.buffer.role !== "prepared")) return;
        if (axes.some((axis) => dependences.of(expr).axes.has(axis))) hot.add(expr.buffer);
      });
    }
  }
  return hot;
}
