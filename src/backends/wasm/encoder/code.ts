/** The bytes of one function: its locals, grouped by type, and its instructions. */
import { at, defined } from "../../../support/invariant.js";
import { littleEndian32, littleEndian64, signed, sized, unsigned, vector, type Bytes } from "./bytes.js";
import { floatBits, type Code, type FunctionReference, type GlobalReference, type Instruction, type Local } from "./instructions.js";
import { shareLocals } from "./locals.js";
import { laneMemoryOpcodes, laneOpcodes, memoryOpcodes, plainOpcodes, valueTypeBytes, type LaneMemoryOp, type LaneOp, type MemoryOp, type PlainOp, type ValueType } from "./opcodes.js";

/** The numbers of what lies outside the function. */
export interface ModuleNumbers {
  functionNumber(reference: FunctionReference): number;
  globalNumber(reference: GlobalReference): number;
}

const typeOrder: readonly ValueType[] = ["i32", "f32", "f64", "v128"];

export function encodeFunction(parameters: readonly Local[], body: Code, numbers: ModuleNumbers): Bytes {
  const variables = shareLocals(parameters, body);
  const ordered = typeOrder.map((type) => variables.filter(([first]) => first?.type === type));
  const localNumbers = new Map<Local, number>(parameters.map((parameter, i) => [parameter, i]));
  for (const [i, locals] of ordered.flat().entries()) for (const local of locals) localNumbers.set(local, parameters.length + i);
  const groups = ordered.flatMap((same, i) => (same.length === 0 ? [] : [[...unsigned(same.length), valueTypeBytes[defined(typeOrder[i], "a type")]]]));
  const bytes = vector(groups);
  new CodeWriter(bytes, localNumbers, numbers).code(body);
  bytes.push(0x0b);
  return sized(bytes);
}

const emptyBlock = 0x40;

class CodeWriter {
  constructor(
    readonly bytes: Bytes,
    readonly locals: ReadonlyMap<Local, number>,
    readonly numbers: ModuleNumbers,
  ) {}

  code(code: Code): void {
    for (let i = 0; i < code.length; i++) {
      const [instruction, next] = [at(code, i), code[i + 1]];
      const isPair = next !== undefined && "local" in instruction && "local" in next && this.#number(instruction.local) === this.#number(next.local);
      // What is set and then wanted stays on the stack; a local that came to share its variable with another is not copied to it.
      const isWanted = isPair && instruction.op === "local.set" && next.op === "local.get";
      const isCopied = isPair && instruction.op === "local.get" && next.op === "local.set";
      if (!isCopied) this.#instruction(isWanted ? { op: "local.tee", local: instruction.local } : instruction);
      if (isWanted || isCopied) i += 1;
    }
  }

  #instruction(instruction: Instruction): void {
    switch (instruction.op) {
      case "i32.const":
        return this.#push(0x41, ...signed(instruction.value));
      case "f32.const":
        return this.#push(0x43, ...littleEndian32(floatBits(instruction.value)));
      case "f64.const":
        return this.#push(0x44, ...littleEndian64(instruction.value));
      case "v128.const":
        return this.#push(0xfd, 0x0c, ...instruction.bits.flatMap(littleEndian32));
      case "local.get":
        return this.#push(0x20, ...this.#local(instruction.local));
      case "local.set":
        return this.#push(0x21, ...this.#local(instruction.local));
      case "local.tee":
        return this.#push(0x22, ...this.#local(instruction.local));
      case "global.get":
        return this.#push(0x23, ...unsigned(this.numbers.globalNumber(instruction.global)));
      case "global.set":
        return this.#push(0x24, ...unsigned(this.numbers.globalNumber(instruction.global)));
      case "memory.copy":
        return this.#push(0xfc, 0x0a, 0, 0);
      case "call":
        return this.#push(0x10, ...unsigned(this.numbers.functionNumber(instruction.callee)));
      case "if":
        this.#push(0x04, instruction.result === undefined ? emptyBlock : valueTypeBytes[instruction.result]);
        this.code(instruction.yes);
        if (instruction.no.length > 0 || instruction.result !== undefined) {
          this.#push(0x05);
          this.code(instruction.no);
        }
        return this.#push(0x0b);
      case "while":
        this.#push(0x03, emptyBlock);
        this.code(instruction.test);
        this.#push(0x04, emptyBlock);
        this.code(instruction.body);
        return this.#push(0x0c, 1, 0x0b, 0x0b);
      case "repeat":
        this.#push(0x03, emptyBlock);
        this.code(instruction.body);
        return this.#push(0x0d, 0, 0x0b);
      default:
        return "offset" in instruction ? this.#memory(instruction) : "lane" in instruction ? this.#lane(instruction) : this.#plain(instruction.op);
    }
  }

  #memory(instruction: Extract<Instruction, { readonly offset: number }>): void {
    const isLane = isLaneMemory(instruction);
    const [prefix, number, alignment] = isLane ? laneMemoryOpcodes[instruction.op] : memoryOpcodes[instruction.op as MemoryOp];
    this.#opcode(prefix, number);
    this.#push(...unsigned(alignment), ...unsigned(instruction.offset));
    if (isLane) this.#push(instruction.lane);
  }

  #lane({ op, lane }: { readonly op: LaneOp; readonly lane: number }): void {
    const [prefix, number] = laneOpcodes[op];
    this.#opcode(prefix, number);
    this.#push(lane);
  }

  #plain(op: PlainOp): void {
    const [prefix, number] = plainOpcodes[op];
    this.#opcode(prefix, number);
  }

  #opcode(prefix: number, number: number): void {
    if (prefix === 0) this.#push(number);
    else this.#push(prefix, ...unsigned(number));
  }

  #local(local: Local): Bytes {
    return unsigned(this.#number(local));
  }

  #number(local: Local): number {
    return defined(this.locals.get(local), `the number of the local ${local.name}`);
  }

  #push(...bytes: readonly number[]): void {
    for (const byte of bytes) this.bytes.push(byte);
  }
}

function isLaneMemory(instruction: Instruction): instruction is { readonly op: LaneMemoryOp; readonly offset: number; readonly lane: number } {
  return Object.hasOwn(laneMemoryOpcodes, instruction.op);
}
