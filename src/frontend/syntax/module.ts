/** A model file that was read. */
import type { ModuleSyntax } from "./ast.js";

export interface Module {
  readonly syntax: ModuleSyntax;
  readonly file: string;
  /** One of the language's own files. */
  readonly library: boolean;
}
