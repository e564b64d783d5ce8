/**
 * A module of WebAssembly and its bytes: types, imports, functions, one memory, globals, exports and code, each a section
 * (WebAssembly Core, section 5.5). Functions are numbered in the order in which they were added, imports first.
 */
import { defined, invariant } from "../../../support/invariant.js";
import { sized, unsigned, utf8, vector, type Bytes } from "./bytes.js";
import { encodeFunction } from "./code.js";
import type { Code, FunctionReference, FunctionType, GlobalReference, Local } from "./instructions.js";
import { valueTypeBytes, type ValueType } from "./opcodes.js";

export interface WasmFunction extends FunctionReference {
  readonly parameters: readonly Local[];
  readonly body: Code;
  /** The name under which it is exported. */
  readonly exported: string | undefined;
}

export interface ImportedFunction extends FunctionReference {
  readonly module: string;
  readonly field: string;
}

const magic = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00];

export class WasmModule {
  readonly imports: ImportedFunction[] = [];
  readonly functions: WasmFunction[] = [];
  readonly globals: GlobalReference[] = [];

  /** @param pages how much memory there is at first, in pages of 64 KiB */
  constructor(readonly pages: number) {}

  importFunction(module: string, field: string, type: FunctionType): ImportedFunction {
    const made = { module, field, name: field, type };
    this.imports.push(made);
    return made;
  }

  addFunction(name: string, parameters: readonly Local[], results: readonly ValueType[], body: Code, exported?: string): WasmFunction {
    const made: WasmFunction = { name, parameters, body, exported, type: { parameters: parameters.map(({ type }) => type), results } };
    this.functions.push(made);
    return made;
  }

  addGlobal(name: string, type: ValueType): GlobalReference {
    const made = { name, type };
    this.globals.push(made);
    return made;
  }

  encode(): Uint8Array {
    const types = new Types();
    const all = [...this.imports, ...this.functions];
    const functionNumbers = new Map<FunctionReference, number>(all.map((each, i) => [each, i]));
    const globalNumbers = new Map<GlobalReference, number>(this.globals.map((each, i) => [each, i]));
    const numbers = {
      functionNumber: (each: FunctionReference) => defined(functionNumbers.get(each), `the number of the function ${each.name}`),
      globalNumber: (each: GlobalReference) => defined(globalNumbers.get(each), `the number of the global ${each.name}`),
    };
    const imports = this.imports.map(({ module, field, type }) => [...utf8(module), ...utf8(field), 0, ...unsigned(types.number(type))]);
    const functions = this.functions.map(({ type }) => unsigned(types.number(type)));
    // Variables that begin with 0.
    const globals = this.globals.map(({ type }) => [valueTypeBytes[type], 1, ...zero(type), 0x0b]);
    const exported = this.functions.flatMap((each) => (each.exported === undefined ? [] : [[...utf8(each.exported), 0, ...unsigned(numbers.functionNumber(each))]]));
    const code = this.functions.map(({ parameters, body }) => encodeFunction(parameters, body, numbers));
    const sections: readonly (readonly [number, readonly Bytes[]])[] = [
      [1, types.list],
      [2, imports],
      [3, functions],
      [5, [[0, ...unsigned(this.pages)]]],
      [6, globals],
      [7, [[...utf8("memory"), 2, 0], ...exported]],
      [10, code],
    ];
    const bytes: Bytes = [...magic];
    for (const [id, items] of sections) {
      if (items.length === 0) continue;
      bytes.push(id);
      for (const byte of sized(vector(items))) bytes.push(byte);
    }
    return Uint8Array.from(bytes);
  }
}

function zero(type: ValueType): Bytes {
  invariant(type === "i32", () => `a global of type ${type}`);
  return [0x41, 0];
}

/** Each type of a function once. */
class Types {
  readonly list: Bytes[] = [];
  readonly #numbers = new Map<string, number>();

  number({ parameters, results }: FunctionType): number {
    const key = `${parameters.join()} ${results.join()}`;
    const known = this.#numbers.get(key);
    if (known !== undefined) return known;
    const number = this.list.length;
    this.#numbers.set(key, number);
    const typeBytes = (types: readonly ValueType[]): Bytes => vector(types.map((type) => [valueTypeBytes[type]]));
    this.list.push([0x60, ...typeBytes(parameters), ...typeBytes(results)]);
    return number;
  }
}
