/**
 * Every diagnostic of the front end: a stable code and what it is about. The message of a diagnostic says what was found
 * at the place; its help says what to write instead.
 *
 * GF1xxx: outside the language. GF2xxx: kinds and shapes. GF3xxx: names and parameters. GF4xxx: models, inputs, imports.
 */
import { DiagnosticError, error, type Diagnostic, type DiagnosticNote } from "../support/diagnostics.js";
import type { Span } from "../support/span.js";

export const catalogue = {
  GF1001: "the file is not TypeScript",
  GF1002: "a statement outside the language",
  GF1003: "an expression outside the language",
  GF1004: "an operator outside the language",
  GF1005: "a form of declaration outside the language",
  GF1006: "a name that is not defined, or not yet",
  GF1007: "something is changed that cannot be",
  GF1008: "a function calls itself",
  GF1009: "the model is too large when written out",
  GF1010: "the source is nested too deeply",
  GF1011: "a name is declared twice",
  GF2001: "shapes or kinds do not fit each other",
  GF2002: "a value must be known at compile time",
  GF2003: "a statement needs a condition known at compile time",
  GF2004: "an argument is of the wrong sort",
  GF2005: "arguments or options are missing or too many",
  GF2006: "a dimension must be named, or is not there",
  GF2007: "a state does not continue as it began",
  GF2008: "a result would run along one dimension twice, or take a slice out of its map",
  GF2009: "a condition is used as a number, or a number as a condition",
  GF2010: "a value does not fit the annotation of its parameter",
  GF2011: "the length of a range is not understood",
  GF2012: "there is no such property or element",
  GF2013: "something is called that is no function",
  GF3001: "two parameters would have one name",
  GF3002: "one place is asked for two parameters",
  GF3003: "a parameter has no name",
  GF3004: "a name or size given to param is not possible",
  GF3005: "models of one module have different parameters of one name",
  GF4001: "an imported file is not found",
  GF4002: "an imported name does not exist",
  GF4003: "a const needs its own value",
  GF4004: "there is no such model",
  GF4005: "an input is not understood",
  GF4006: "a setting is unknown or of the wrong type",
  GF4007: "the result of a model is not made of values",
  GF4008: "an error that the model itself throws",
} as const satisfies Record<string, string>;

export type Code = keyof typeof catalogue;

export interface Advice {
  /** What to write instead. */
  readonly help: string;
  readonly notes?: readonly DiagnosticNote[];
}

export function diagnose(code: Code, message: string, span: Span | undefined, advice: Advice): Diagnostic {
  return error(code, message, { span, help: advice.help, notes: advice.notes });
}

/** Gives up on the model at hand. */
export function refuse(code: Code, message: string, span: Span | undefined, help: string, notes?: readonly DiagnosticNote[]): never {
  throw new DiagnosticError(diagnose(code, message, span, notes === undefined ? { help } : { help, notes }));
}
