/** What a measuring process found of its case. */
import type { Interleaved } from "./interleave.js";

export interface Measured extends Interleaved {
  /** Largest difference from the interpreter, relative to numbers above 1. */
  readonly errors: Readonly<Record<string, number>>;
  /** Who is not there, or was wrong, and why. */
  readonly absent: Readonly<Record<string, string>>;
}
