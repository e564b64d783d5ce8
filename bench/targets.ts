/** Our own targets, in the order in which they race. Their modules have one interface. */
import type { CompileOptions } from "../src/compile.js";

export type Target = NonNullable<CompileOptions["target"]>;

export const targets: readonly Target[] = ["js", "wasm"];
