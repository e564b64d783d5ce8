/** What a measuring process found of its case. */
import type { Round } from "./interleave.js";

export interface Measured {
  readonly rounds: readonly Round[];
  /** Largest difference from the interpreter, relative to numbers above 1. */
  readonly errors: Readonly<Record<string, number>>;
  /** Who is not there, or was wrong, and why. */
  readonly absent: Readonly<Record<string, string>>;
}
