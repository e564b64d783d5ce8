/**
 * Reads the text form of programs back: print, parse and print again give the same text. What stands in a program is what
 * print.ts shows; kernels are those of ../kernel/parse.ts. Dimensions of inputs and outputs become sequences: a program does
 * not say more of them.
 */
import type { Initialiser } from "../graph/node.js";
import type { Dim, Kind, ValueType } from "../graph/types.js";
import { freeLength, type Length } from "../graph/length.js";
import { type Axis, type Buffer, type BufferRole, type Element, elementBytes, type Kernel } from "../kernel/kernel.js";
import { KernelParser } from "../kernel/parse.js";
import { TokenReader } from "../kernel/tokens.js";
import type { Arena, Carried, Instruction, Program, ProgramInput, ProgramOutput, ProgramParameter, Slot } from "./program.js";

export function parseProgram(text: string): Program {
  return new ProgramParser(text).program();
}

const roles: { readonly [R in BufferRole]: true } = { input: true, parameter: true, prepared: true, state: true, temporary: true, output: true };

function isRole(name: string): name is BufferRole {
  return Object.hasOwn(roles, name);
}

function isElement(name: string): name is Element {
  return Object.hasOwn(elementBytes, name);
}

/** What a line says of an input, parameter or output, before its buffer is known. */
interface Named<T> {
  readonly bufferName: string;
  readonly make: (buffer: Buffer) => T;
}

class ProgramParser {
  readonly #reader: TokenReader;
  readonly #buffers = new Map<string, Buffer>();
  readonly #dims = new Map<string, Dim>();

  constructor(text: string) {
    this.#reader = new TokenReader(text);
  }

  program(): Program {
    const r = this.#reader;
    r.expect("program");
    const name = r.name();
    const lengths = r.list("(", ")", () => r.name());
    r.expect("{");
    const inputs: Named<ProgramInput>[] = [];
    const parameters: Named<ProgramParameter>[] = [];
    const outputs: Named<ProgramOutput>[] = [];
    while (!r.is("prepare") && !r.is("body")) {
      if (r.skip("buffer")) this.#buffer();
      else if (r.skip("input")) inputs.push(this.#input());
      else if (r.skip("parameter")) parameters.push(this.#parameter());
      else if (r.skip("output")) outputs.push(this.#output());
      else r.fail("expected an input, a parameter, an output, a buffer, or the body");
    }
    const prepare = r.skip("prepare") ? this.#block([]) : [];
    r.expect("body");
    const body = this.#block([]);
    const arena = r.skip("arena") ? this.#arena() : undefined;
    r.expect("}");
    if (r.peek().kind !== "end") r.fail("expected the end");
    const known = <T>(list: readonly Named<T>[]): T[] => list.map(({ bufferName, make }) => make(this.#known(bufferName)));
    return { name, inputs: known(inputs), parameters: known(parameters), outputs: known(outputs), lengths, prepare, body, arena };
  }

  #known(name: string): Buffer {
    return this.#buffers.get(name) ?? this.#reader.fail(`there is no buffer ${JSON.stringify(name)} before this`);
  }

  #buffer(): void {
    const r = this.#reader;
    const name = r.name();
    r.expect(":");
    const role = r.name();
    if (!isRole(role)) return r.fail(`${role} is no role; it stands before this`);
    const lanes = r.skip("lanes");
    const element = r.name();
    if (!isElement(element)) return r.fail(`${element} is no element; it stands before this`);
    const shape = r.list("[", "]", () => r.length());
    const source = r.skip("source") ? r.name() : undefined;
    this.#buffers.set(name, { name, role, element, shape, source, ...(lanes ? { lanes: true } : {}) });
  }

  #input(): Named<ProgramInput> {
    const r = this.#reader;
    const name = r.name();
    r.expect("=");
    const bufferName = r.name();
    const type = this.#type();
    const classes = r.skip("classes") ? r.integer() : undefined;
    if (!r.skip("or")) return { bufferName, make: (buffer) => ({ name, buffer, type, classes, fallback: undefined }) };
    // The buffers of its kernels are listed below: the text of the block is read when they are known.
    const start = this.#skipBlock();
    return {
      bufferName,
      make: (buffer) => {
        const fallback = this.#block([], start).flatMap((instruction): Kernel[] => (instruction.op === "kernel" ? [instruction.kernel] : []));
        return { name, buffer, type, classes, fallback };
      },
    };
  }

  /** Leaves out a block; gives a reader that stands at its beginning. */
  #skipBlock(): TokenReader {
    const inside = this.#reader.copy();
    this.#reader.expect("{");
    for (let depth = 1; depth > 0; ) {
      const token = this.#reader.take();
      if (token.kind === "end") this.#reader.fail("expected a closing brace");
      if (token.kind === "sign" && token.text === "{") depth += 1;
      if (token.kind === "sign" && token.text === "}") depth -= 1;
    }
    return inside;
  }

  #parameter(): Named<ProgramParameter> {
    const r = this.#reader;
    const name = r.name();
    r.expect("=");
    const bufferName = r.name();
    const shape = r.list("[", "]", () => r.integer());
    const initialiser = r.skip("init") ? (JSON.parse(r.name()) as Initialiser) : undefined;
    return { bufferName, make: (buffer) => ({ name, buffer, shape, initialiser }) };
  }

  #output(): Named<ProgramOutput> {
    const r = this.#reader;
    const name = r.name();
    r.expect("=");
    const bufferName = r.name();
    const type = this.#type();
    return { bufferName, make: (buffer) => ({ name, buffer, type }) };
  }

  #type(): ValueType {
    const r = this.#reader;
    const dims = r.is("{") ? r.list("{", "}", () => this.#dim()) : [];
    const shape = r.list("[", "]", () => r.integer());
    const kind: Kind = r.skip("int") ? "int" : r.skip("condition") ? "condition" : "real";
    return { kind, dims, shape };
  }

  #dim(): Dim {
    const r = this.#reader;
    const name = r.name();
    let length: Length = freeLength(name);
    if (r.skip(":")) {
      r.expect("(");
      length = r.length();
      r.expect(")");
    }
    const key = `${name} ${JSON.stringify(length)}`;
    const known = this.#dims.get(key);
    const dim: Dim = known ?? { name, label: name, length, origin: { kind: "sequence" } };
    this.#dims.set(key, dim);
    return dim;
  }

  #block(axes: readonly Axis[], reader = this.#reader): Instruction[] {
    const instructions: Instruction[] = [];
    reader.expect("{");
    while (!reader.skip("}")) instructions.push(this.#instruction(axes, reader));
    return instructions;
  }

  #instruction(axes: readonly Axis[], r: TokenReader): Instruction {
    const context = { buffer: (name: string) => this.#buffers.get(name), axes };
    if (r.is("kernel")) return { op: "kernel", kernel: new KernelParser(r, context).kernel() };
    if (r.skip("copy")) {
      const from = this.#known(r.name());
      r.expect("to");
      return { op: "copy", from, to: this.#known(r.name()) };
    }
    r.expect("loop");
    const axis = new KernelParser(r, context).axis();
    const reverse = r.skip("reverse");
    const dimension = r.skip("over") ? r.name() : undefined;
    const carried: Carried[] = [];
    if (r.skip("carry")) {
      do {
        const current = this.#known(r.name());
        r.expect("to");
        const next = this.#known(r.name());
        carried.push({ current, next, source: r.skip("source") ? r.name() : undefined });
      } while (r.skip(","));
    }
    return { op: "loop", axis, reverse, carried, body: this.#block([...axes, axis], r), dimension };
  }

  #arena(): Arena {
    const r = this.#reader;
    const fixed = r.integer();
    const slots: Slot[] = [];
    r.expect("{");
    while (!r.skip("}")) {
      const buffer = this.#known(r.name());
      const elements = r.list("[", "]", () => r.length());
      r.expect("from");
      const from = r.integer();
      r.expect("to");
      const to = r.integer();
      slots.push({ buffer, elements, from, to, offset: r.skip("=") ? r.integer() : undefined });
    }
    return { slots, fixed, size: slots.every(({ offset }) => offset !== undefined) ? fixed : undefined };
  }
}
