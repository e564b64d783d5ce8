/** The engine's WebAssembly, as far as tests use it: the types of this project know no browser. */
interface Engine {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object, imports?: Readonly<Record<string, Readonly<Record<string, (...args: number[]) => number>>>>) => { readonly exports: object };
  validate(bytes: Uint8Array): boolean;
}

export const engine = (globalThis as unknown as { readonly WebAssembly: Engine }).WebAssembly;

export interface LinearMemory {
  readonly memory: { readonly buffer: ArrayBuffer };
}

/** An instance of a module, with the functions that it exports. */
export function instantiate<T extends object>(bytes: Uint8Array, imports: Readonly<Record<string, Readonly<Record<string, (...args: number[]) => number>>>> = {}): T & LinearMemory {
  return new engine.Instance(new engine.Module(bytes), imports).exports as T & LinearMemory;
}
