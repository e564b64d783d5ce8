/**
 * Functions that kernels call: exponentials of vectors, draws, and those that JavaScript has and WebAssembly lacks, which are
 * imported. A module contains those that it needs.
 */
import type { FunctionReference } from "./encoder/instructions.js";

export const importedFunctions = {
  sin: { parameters: 1, text: "Math.sin" },
  cos: { parameters: 1, text: "Math.cos" },
  log: { parameters: 1, text: "Math.log" },
  log1p: { parameters: 1, text: "Math.log1p" },
  power: { parameters: 2, text: "Math.pow" },
  modulo: { parameters: 2, text: "(a, b) => a % b" },
  erf: { parameters: 1, text: "erf" },
} as const;

export type ImportedName = keyof typeof importedFunctions;

/** Of four numbers at once. */
export type ExponentialName = "exp" | "tanh" | "sigmoid";

export type InternalName = ExponentialName | "drawBegin" | "drawMix" | "drawEnd" | "insertTop";

/** What a kernel may call; asking for one makes the module contain it. */
export interface Functions {
  imported(name: ImportedName): FunctionReference;
  internal(name: InternalName): FunctionReference;
}
