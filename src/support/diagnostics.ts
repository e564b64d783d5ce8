/**
 * Diagnostics: what the compiler has to say about a model, a file or a call.
 *
 * A diagnostic is data - a stable code, a sentence, a place - and is turned into
 * text only at the edge (see diagnostic-format.ts). Code that can go on adds it
 * to a DiagnosticSink; code that cannot throws a DiagnosticError, the only way
 * in which the compiler gives up on a fault that is not its own. (Its own faults
 * are an InternalError, see invariant.ts.)
 */
import type { Code } from "./catalogue.js";
import type { Span } from "./span.js";

export type Severity = "error" | "warning";

/** A further place that explains a diagnostic, such as where the other operand got its shape. */
export interface DiagnosticNote {
  readonly message: string;
  readonly span?: Span;
}

export interface Diagnostic {
  /** Stable across versions, so that people can search for it: one of those of catalogue.ts. */
  readonly code: Code;
  readonly severity: Severity;
  /** One sentence without a full stop; no code, no place, those are added in printing. */
  readonly message: string;
  readonly span?: Span;
  readonly notes?: readonly DiagnosticNote[];
  /** What to write instead. */
  readonly help?: string;
}

/** The parts of a diagnostic that not every one has. */
export type DiagnosticDetails = Partial<Pick<Diagnostic, "span" | "notes" | "help">>;

/** Makes an error diagnostic; a detail that is `undefined` counts as absent. */
export function error(code: Code, message: string, details: Loose<DiagnosticDetails> = {}): Diagnostic {
  return { code, severity: "error", message, ...present(details) };
}

/** Makes a warning diagnostic; a detail that is `undefined` counts as absent. */
export function warning(code: Code, message: string, details: Loose<DiagnosticDetails> = {}): Diagnostic {
  return { code, severity: "warning", message, ...present(details) };
}

/** Carries one or more diagnostics out of code that cannot go on. */
export class DiagnosticError extends Error {
  override readonly name = "DiagnosticError";
  readonly diagnostics: readonly Diagnostic[];

  constructor(diagnostics: Diagnostic | readonly [Diagnostic, ...Diagnostic[]]) {
    const list = isList(diagnostics) ? diagnostics : [diagnostics];
    super(list.map((diagnostic) => `${diagnostic.code}: ${diagnostic.message}`).join("\n"));
    this.diagnostics = list;
  }
}

/** Gives up with one error. */
export function fail(code: Code, message: string, details: Loose<DiagnosticDetails> = {}): never {
  throw new DiagnosticError(error(code, message, details));
}

/** Collects diagnostics from code that goes on after a fault, so that one run shows several. */
export class DiagnosticSink {
  readonly #diagnostics: Diagnostic[] = [];

  get diagnostics(): readonly Diagnostic[] {
    return this.#diagnostics;
  }

  get hasErrors(): boolean {
    return this.#diagnostics.some((diagnostic) => diagnostic.severity === "error");
  }

  add(...diagnostics: readonly Diagnostic[]): void {
    this.#diagnostics.push(...diagnostics);
  }

  error(code: Code, message: string, details: Loose<DiagnosticDetails> = {}): void {
    this.add(error(code, message, details));
  }

  warning(code: Code, message: string, details: Loose<DiagnosticDetails> = {}): void {
    this.add(warning(code, message, details));
  }

  /**
   * Runs `body`; if it gives up with a DiagnosticError, its diagnostics are added
   * and the result is undefined. Any other error passes through.
   */
  attempt<T>(body: () => T): T | undefined {
    try {
      return body();
    } catch (thrown) {
      if (!(thrown instanceof DiagnosticError)) throw thrown;
      this.add(...thrown.diagnostics);
      return undefined;
    }
  }

  /** Gives up with everything collected if any of it is an error. */
  throwIfErrors(): void {
    const [first, ...rest] = this.#diagnostics;
    if (first !== undefined && this.hasErrors) throw new DiagnosticError([first, ...rest]);
  }
}

/** The same properties, each of which may also be given as `undefined`. */
type Loose<T> = { readonly [K in keyof T]?: T[K] | undefined };

function present(details: Loose<DiagnosticDetails>): DiagnosticDetails {
  return {
    ...(details.span === undefined ? {} : { span: details.span }),
    ...(details.notes === undefined || details.notes.length === 0 ? {} : { notes: details.notes }),
    ...(details.help === undefined ? {} : { help: details.help }),
  };
}

function isList<T>(value: T | readonly T[]): value is readonly T[] {
  return Array.isArray(value);
}
