/** The files of a module, whatever its target. */
import type { ModuleExtension } from "./target.js";

/** The version of the form of generated modules: of what `load` takes and gives. */
export const moduleFormat = 1;

/** What TypeScript looks for beside a module. */
export const declarationExtension: Readonly<Record<ModuleExtension, string>> = { js: "d.ts", mjs: "d.mts" };
