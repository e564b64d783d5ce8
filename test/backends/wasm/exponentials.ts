/** The vector functions of WebAssembly modules, called with arrays. */
import { call, get, i32, memory, plain, type Local } from "../../../src/backends/wasm/encoder/instructions.js";
import { WasmModule } from "../../../src/backends/wasm/encoder/module.js";
import { Library } from "../../../src/backends/wasm/library.js";
import { instantiate } from "./engine.js";

export type ExponentialFunction = "exp" | "tanh" | "sigmoid";

const most = 65536;

export type ArrayFunction = (x: Float32Array) => Float32Array;

export function exponentialFunctions(relaxed = false): { readonly [F in ExponentialFunction]: ArrayFunction } {
  const module = new WasmModule(Math.ceil((8 * most) / 65536));
  const library = new Library(module, relaxed);
  for (const name of ["exp", "tanh", "sigmoid"] as const) {
    const p: Local = { type: "i32", name: "p" };
    const turn = [get(p), get(p), memory("v128.load"), call(library.internal(name)), memory("v128.store", 4 * most), get(p), i32(16), plain("i32.add"), { op: "local.tee", local: p } as const, i32(4 * most), plain("i32.ne")];
    module.addFunction(`all ${name}`, [], [], [{ op: "repeat", body: turn }], name);
  }
  const instance = instantiate<{ readonly [F in ExponentialFunction]: () => void }>(module.encode());
  const given = new Float32Array(instance.memory.buffer, 0, most);
  const results = new Float32Array(instance.memory.buffer, 4 * most, most);
  const arrayFunction = (name: ExponentialFunction): ArrayFunction => (x) => {
    given.set(x);
    instance[name]();
    return results.slice(0, x.length);
  };
  return { exp: arrayFunction("exp"), tanh: arrayFunction("tanh"), sigmoid: arrayFunction("sigmoid") };
}

const normal = { smallest: 2 ** -126, largest: 3.4028234663852886e38 };

/** The largest error, absolute or relative to normal results, and how often the results go the wrong way. */
export function exponentialErrors(f: ArrayFunction, reference: (x: number) => number, x: Float32Array, { relative, falling }: { readonly relative: boolean; readonly falling: boolean }): { readonly worst: number; readonly breaks: number } {
  const results = f(x);
  let worst = 0;
  let breaks = 0;
  for (let i = 0; i < x.length; i++) {
    const result = results[i] ?? NaN;
    const wanted = reference(x[i] ?? NaN);
    const before = i === 0 ? result : (results[i - 1] ?? NaN);
    if (falling ? !(result <= before) : !(result >= before)) breaks += 1;
    if (relative && !(wanted >= normal.smallest && wanted < normal.largest)) continue;
    worst = Math.max(worst, Math.abs(result - wanted) / (relative ? wanted : 1));
  }
  return { worst, breaks };
}
