/** The functions of a module that kernels call, each made when it is first asked for. */
import { exponentials } from "./exponentials.js";
import { call, f32, get, i32, memory, plain, set, tee, type Code, type FunctionReference, type GlobalReference, type Instruction, type Local } from "./encoder/instructions.js";
import type { WasmModule } from "./encoder/module.js";
import { importedFunctions, type Functions, type ImportedName, type InternalName } from "./functions.js";

/** The name of the module that imports come from. */
export const importModule = "m";

export class Library implements Functions {
  readonly #imports = new Map<ImportedName, FunctionReference>();
  readonly #functions = new Map<string, FunctionReference>();
  #state: { readonly x: GlobalReference; readonly y: GlobalReference } | undefined;

  constructor(readonly module: WasmModule, readonly relaxed: boolean) {}

  get used(): readonly ImportedName[] {
    return [...this.#imports.keys()];
  }

  imported(name: ImportedName): FunctionReference {
    const known = this.#imports.get(name);
    if (known !== undefined) return known;
    const parameters = Array.from({ length: importedFunctions[name].parameters }, () => "f64" as const);
    const made = this.module.importFunction(importModule, name, { parameters, results: ["f64"] });
    this.#imports.set(name, made);
    return made;
  }

  internal(name: InternalName): FunctionReference {
    return this.#once(name, this.#makers[name]);
  }

  #once(name: string, make: () => FunctionReference): FunctionReference {
    const known = this.#functions.get(name);
    if (known !== undefined) return known;
    const made = make();
    this.#functions.set(name, made);
    return made;
  }

  readonly #makers: { readonly [N in InternalName]: () => FunctionReference } = {
    exp: () => this.#exponential("exp"),
    tanh: () => this.#exponential("tanh"),
    sigmoid: () => this.#exponential("sigmoid"),
    drawBegin: () => {
      const [k0, k1, site, count] = integers("k0", "k1", "site", "count");
      return this.module.addFunction("drawBegin", [k0, k1, site, count], [], [get(k0), get(k1), get(site), get(count), call(this.#threefry())]);
    },
    drawMix: () => {
      const [c0, c1] = integers("c0", "c1");
      const { x, y } = this.#drawState();
      return this.module.addFunction("drawMix", [c0, c1], [], [{ op: "global.get", global: x }, { op: "global.get", global: y }, get(c0), get(c1), call(this.#threefry())]);
    },
    drawEnd: () => {
      const { x } = this.#drawState();
      const code: Code = [{ op: "global.get", global: x }, i32(9), plain("i32.shr_u"), i32(1), plain("i32.shl"), i32(1), plain("i32.or"), plain("f32.convert_i32_s"), f32(2 ** -24), plain("f32.mul")];
      return this.module.addFunction("drawEnd", [], ["f32"], code);
    },
    insertTop: () => this.#insertTop(),
  };

  #exponential(name: keyof typeof exponentials): FunctionReference {
    const x: Local = { type: "v128", name: "x" };
    return this.module.addFunction(name, [x], ["v128"], exponentials[name](x, { relaxed: this.relaxed, constant: (constant) => [constant] }));
  }

  #drawState(): { readonly x: GlobalReference; readonly y: GlobalReference } {
    this.#state ??= { x: this.module.addGlobal("drawX", "i32"), y: this.module.addGlobal("drawY", "i32") };
    return this.#state;
  }

  /** Threefry-2x32 with 20 rounds, as src/ir/graph/draw.ts defines it; the state is two globals. */
  #threefry(): FunctionReference {
    return this.#once("threefry", () => {
      const [k0, k1, x, y, k2] = integers("k0", "k1", "x", "y", "k2");
      const state = this.#drawState();
      const add = (to: Local, ...what: Code): Code => [get(to), ...what, plain("i32.add"), set(to)];
      const code: Instruction[] = [get(k0), get(k1), plain("i32.xor"), i32(0x1bd11bda), plain("i32.xor"), set(k2), ...add(x, get(k0)), ...add(y, get(k1))];
      const keys = [k0, k1, k2];
      for (let group = 0; group < 5; group++) {
        for (const bits of group % 2 === 0 ? [13, 15, 26, 6] : [17, 29, 16, 24]) code.push(...add(x, get(y)), get(y), i32(bits), plain("i32.rotl"), get(x), plain("i32.xor"), set(y));
        const key = (i: number): Code => [get(keys[i % 3] ?? k0)];
        code.push(...add(x, ...key(group + 1)), ...add(y, ...key(group + 2)), ...add(y, i32(group + 1)));
      }
      code.push(get(x), { op: "global.set", global: state.x }, get(y), { op: "global.set", global: state.y });
      return this.module.addFunction("threefry", [k0, k1, x, y], [], code);
    });
  }

  /**
   * Keeps the k largest sorted: a value goes before those that it is larger than, NaN counts as larger than every number,
   * among equals the first stays first. Gives how many there are.
   */
  #insertTop(): FunctionReference {
    const [base, k, count, id, place, i, more] = integers("base", "k", "count", "id", "place", "i", "more");
    const value: Local = { type: "f32", name: "value" };
    const other: Local = { type: "f32", name: "other" };
    const addressOf = (index: Code): Code => [...index, i32(2), plain("i32.shl"), get(base), plain("i32.add")];
    const idAddress = (index: Code): Code => [...index, get(k), plain("i32.add"), i32(2), plain("i32.shl"), get(base), plain("i32.add")];
    const before: Code = [get(place), i32(1), plain("i32.sub")];
    const larger: Code = [get(value), get(other), plain("f32.gt"), get(value), get(value), plain("f32.ne"), get(other), get(other), plain("f32.eq"), plain("i32.and"), plain("i32.or")];
    const find: Code = [...addressOf(before), memory("f32.load"), set(other), get(place), i32(0), plain("i32.gt_s"), ...larger, plain("i32.and"), tee(more), { op: "if", result: undefined, yes: [...before, set(place)], no: [] }, get(more)];
    const previous: Code = [get(i), i32(1), plain("i32.sub")];
    const move: Code = [...addressOf([get(i)]), ...addressOf(previous), memory("f32.load"), memory("f32.store"), ...idAddress([get(i)]), ...idAddress(previous), memory("i32.load"), memory("i32.store"), ...previous, set(i)];
    const shift: Code = [get(i), get(place), plain("i32.gt_s"), tee(more), { op: "if", result: undefined, yes: move, no: [] }, get(more)];
    const last: Code = [get(count), get(k), i32(1), plain("i32.sub"), get(count), get(k), plain("i32.lt_s"), plain("select")];
    const insert: Code = [
      ...last, tee(i), set(count), { op: "repeat", body: shift },
      ...addressOf([get(place)]), get(value), memory("f32.store"), ...idAddress([get(place)]), get(id), memory("i32.store"),
      get(count), i32(1), plain("i32.add"), set(count),
    ];
    const code: Code = [get(count), set(place), { op: "repeat", body: find }, get(place), get(k), plain("i32.lt_s"), { op: "if", result: undefined, yes: insert, no: [] }, get(count)];
    return this.module.addFunction("insertTop", [base, k, count, value, id], ["i32"], code);
  }
}

function integers<const N extends readonly string[]>(...names: N): { readonly [I in keyof N]: Local } {
  return names.map((name): Local => ({ type: "i32", name })) as { readonly [I in keyof N]: Local };
}
