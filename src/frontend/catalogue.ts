/**
 * The diagnostics of the front end: those of the common catalogue whose codes begin with GF1 (outside the language), GF2
 * (kinds and shapes), GF3 (names and parameters) or GF4 (models, inputs, imports). The message of a diagnostic says what was
 * found at the place; its help says what to write instead.
 */
import { type Code as AnyCode, explanations, isCode } from "../support/catalogue.js";
import { DiagnosticError, error, type Diagnostic, type DiagnosticNote } from "../support/diagnostics.js";
import type { Span } from "../support/span.js";

export type Code = Extract<AnyCode, `GF${1 | 2 | 3 | 4}${string}`>;

/** What each is about. */
export const catalogue: Readonly<Record<Code, string>> = Object.fromEntries(Object.keys(explanations).filter(isFrontEnds).map((code) => [code, explanations[code].title])) as Record<Code, string>;

function isFrontEnds(code: string): code is Code {
  return isCode(code) && /^GF[1-4]/.test(code);
}

/** A name may be long; a message that nobody reads to its end says nothing. */
const longestMessage = 1000;

export interface Advice {
  /** What to write instead. */
  readonly help: string;
  readonly notes?: readonly DiagnosticNote[];
}

export function diagnose(code: Code, message: string, span: Span | undefined, advice: Advice): Diagnostic {
  return error(code, message.length > longestMessage ? `${message.slice(0, longestMessage)}...` : message, { span, help: advice.help, notes: advice.notes });
}

/** Gives up on the model at hand. */
export function refuse(code: Code, message: string, span: Span | undefined, help: string, notes?: readonly DiagnosticNote[]): never {
  throw new DiagnosticError(diagnose(code, message, span, notes === undefined ? { help } : { help, notes }));
}
