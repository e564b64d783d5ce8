/**
 * A list of instructions as one function: it calls the functions of the kernels in their order, inside the loops of the
 * program. The position of a loop lies in a control word, where kernels read it. A state that changes places with its next
 * value is copied after the turn where both have a fixed place; where they lie in the heap, their control words are
 * exchanged.
 */
import { staticLength, type Length } from "../../ir/graph/length.js";
import type { Axis, Buffer, Expr, Kernel } from "../../ir/kernel/kernel.js";
import type { Carried, Instruction as ProgramInstruction, Loop } from "../../ir/program/program.js";
import { call, get, i32, memory, plain, set, tee, type Code, type FunctionReference, type Instruction, type Local } from "./encoder/instructions.js";
import type { WasmModule } from "./encoder/module.js";
import { readControl } from "./addresses.js";
import { emitExpression, emitKernel } from "./kernel-function.js";
import type { KernelContext } from "./value-source.js";

export interface RunFunctionRequest {
  readonly name: string;
  readonly exported: string;
  readonly instructions: readonly ProgramInstruction[];
  readonly context: KernelContext;
  readonly module: WasmModule;
  /** Functions of kernels that may be called again. */
  readonly made?: Map<Kernel, FunctionReference>;
  /** States of a loop that the caller drives: what a turn leaves is kept for the next call. */
  readonly carried?: readonly Carried[];
  /** The axis of that loop. */
  readonly turn?: Axis;
}

export function emitRunFunction(request: RunFunctionRequest): void {
  const { instructions, carried = [], turn, module, name, exported } = request;
  const emitter = new RunFunction(request);
  module.addFunction(name, [], [], [...emitter.list(instructions, turn), ...emitter.exchange(carried)], exported);
}

class RunFunction {
  readonly #request: RunFunctionRequest;

  constructor(request: RunFunctionRequest) {
    this.#request = request;
  }

  /** @param turn the axis of the loop around them */
  list(instructions: readonly ProgramInstruction[], turn: Axis | undefined): Code {
    return instructions.flatMap((instruction): Code => {
      switch (instruction.op) {
        case "kernel":
          return [call(this.#kernel(instruction.kernel, turn))];
        case "copy":
          return this.#copy(instruction.from, instruction.to);
        case "loop":
          return this.#loop(instruction);
      }
    });
  }

  #kernel(kernel: Kernel, turn: Axis | undefined): FunctionReference {
    const { context, module, name, made } = this.#request;
    const known = made?.get(kernel);
    if (known !== undefined) return known;
    const added = module.addFunction(`${name}.${kernel.name}`, [], [], emitKernel(kernel, { ...context, ...(turn === undefined ? {} : { turn }) }));
    made?.set(kernel, added);
    return added;
  }

  #loop(loop: Loop): Code {
    const { context } = this.#request;
    const { extent } = loop.axis;
    const local = (name: string): Local => ({ type: "i32", name });
    const [position, end] = [local(loop.axis.name), local("end")];
    const word = context.block.axis(loop.axis);
    const length = this.#length(extent.length);
    let first: Code = [i32(0)];
    let behind: Code = length;
    if (extent.kind === "window") {
      const [from, to] = [local("from"), local("to")];
      first = [...this.#expression(extent.start, `${loop.axis.name}.from`), tee(from), i32(0), get(from), i32(0), plain("i32.gt_s"), plain("select")];
      behind = [...this.#expression(extent.end, `${loop.axis.name}.to`), tee(to), ...length, get(to), ...length, plain("i32.lt_s"), plain("select")];
    }
    const store: Code = [i32(0), get(position), { op: "i32.store", offset: word }];
    const body = [...store, ...this.list(loop.body, loop.axis), ...this.exchange(loop.carried)];
    const step = loop.reverse ? -1 : 1;
    const minusOne: Code = [i32(1), plain("i32.sub")];
    // A reverse loop runs from the last position down to the first.
    const begin: Code = loop.reverse ? [...first, ...minusOne, set(end), ...behind, ...minusOne, set(position)] : [...first, set(position), ...behind, set(end)];
    const turn: Instruction = { op: "repeat", body: [...body, get(position), i32(step), plain("i32.add"), tee(position), get(end), plain("i32.ne")] };
    return [...begin, get(position), get(end), plain(loop.reverse ? "i32.gt_s" : "i32.lt_s"), { op: "if", result: undefined, yes: [turn], no: [] }];
  }

  #expression(expr: Expr, name: string): Code {
    const { context, module } = this.#request;
    return [call(module.addFunction(`${this.#request.name}.${name}`, [], ["i32"], emitExpression(expr, context)))];
  }

  #length(length: Length): Code {
    const size = staticLength(length);
    return size === undefined ? readControl(this.#request.context.block.length(length)) : [i32(size)];
  }

  #address(buffer: Buffer): Code {
    const place = this.#request.context.placement(buffer);
    return place.kind === "static" ? [i32(place.address)] : readControl(place.word);
  }

  #copy(from: Buffer, to: Buffer): Code {
    const bytes = from.shape.reduce<Code>((code, length) => [...code, ...this.#length(length), plain("i32.mul")], [i32(4)]);
    return [...this.#address(to), ...this.#address(from), ...bytes, { op: "memory.copy" }];
  }

  /** After a turn the next values of the states are their values. */
  exchange(carried: readonly Carried[]): Code {
    const pairs = carried.filter(({ current, next }) => current !== next);
    const place = this.#request.context.placement;
    return pairs.flatMap(({ current, next }): Code => {
      const [a, b] = [place(current), place(next)];
      if (a.kind !== "slot" || b.kind !== "slot") return this.#copy(next, current);
      const kept: Local = { type: "i32", name: "exchanged" };
      return [...readControl(a.word), set(kept), i32(0), ...readControl(b.word), memory("i32.store", a.word), i32(0), get(kept), memory("i32.store", b.word)];
    });
  }
}
