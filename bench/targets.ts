/** Our own modules, in the order in which they race. They have one interface. */
import type { CompileOptions } from "../src/compile.js";

export type Target = NonNullable<CompileOptions["target"]>;

/** Those that compute in float32: the fastest of them is compared with the peers. */
export const targets: readonly Target[] = ["js", "wasm"];

export interface Variant {
  readonly name: string;
  readonly options: Pick<CompileOptions, "target" | "quantize">;
}

/** Beside them those that multiply integers, which are held against float32 alone. */
export const variants: readonly Variant[] = [
  ...targets.map((target): Variant => ({ name: target, options: { target } })),
  { name: "int16", options: { target: "wasm", quantize: "int16" } },
  { name: "int8", options: { target: "wasm", quantize: "int8" } },
];
