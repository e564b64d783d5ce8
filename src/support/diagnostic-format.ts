/**
 * Diagnostics as people read them in a terminal and as tools read them as JSON.
 *
 *     char-rnn.model.ts:12:15 - error GF1001: shapes differ: [64] and [40]
 *
 *       11 |   const hx = concat(h, x);
 *     > 12 |   return hx + bias;
 *          |          ^^^^^^^^^
 *
 *       note: bias was made here: char-rnn.model.ts:8:16
 *       help: give both the same size
 */
import { codeFrameColumns } from "@babel/code-frame";
import colors from "picocolors";
import type { Code } from "./catalogue.js";
import type { Diagnostic, Severity } from "./diagnostics.js";
import { LineMap, type Position, type PositionRange, type SourceText, type Span } from "./span.js";

export interface FormatOptions {
  /** Whether to use terminal colours; the caller knows whether the output is a terminal. */
  readonly color: boolean;
}

/** Finds the text of a file; a file that is not known is printed without a frame. */
export type Sources = readonly SourceText[] | ReadonlyMap<string, string>;

/** A diagnostic as `--format json` prints it: places both as offsets and as lines and columns. */
export interface DiagnosticJson {
  readonly code: Code;
  readonly severity: Severity;
  readonly message: string;
  readonly location: LocationJson | null;
  readonly notes: readonly { readonly message: string; readonly location: LocationJson | null }[];
  readonly help: string | null;
}

export interface LocationJson {
  readonly file: string;
  /** Offsets from 0, in UTF-16 code units or, in a file that is not text, bytes; `end` is exclusive. */
  readonly offset: { readonly start: number; readonly end: number };
  /** Lines and columns from 1; null where the file's text is not known. */
  readonly position: PositionRange | null;
}

/** One diagnostic as text, without a line feed at its end. */
export function formatDiagnostic(diagnostic: Diagnostic, sources: Sources, options: FormatOptions): string {
  const paint = colors.createColors(options.color);
  const severity = diagnostic.severity === "error" ? paint.red("error") : paint.yellow("warning");
  const place = diagnostic.span === undefined ? "" : `${paint.cyan(placeText(diagnostic.span, sources))} - `;
  const blocks = [`${place}${severity} ${paint.bold(diagnostic.code)}: ${visible(diagnostic.message).split("\n").join("\n  ")}`];

  const frame = diagnostic.span && frameOf(diagnostic.span, sources, options);
  if (frame !== undefined) blocks.push("", indent(frame, 2));

  const remarks: string[] = [];
  for (const note of diagnostic.notes ?? []) {
    const where = note.span === undefined ? "" : `: ${paint.cyan(placeText(note.span, sources))}`;
    remarks.push(`  ${paint.bold("note")}: ${hang(visible(note.message))}${where}`);
    const noteFrame = note.span && frameOf(note.span, sources, options);
    if (noteFrame !== undefined) remarks.push(indent(noteFrame, 4));
  }
  if (diagnostic.help !== undefined) remarks.push(`  ${paint.bold("help")}: ${hang(visible(diagnostic.help))}`);
  if (remarks.length > 0) blocks.push("", ...remarks);
  return blocks.join("\n");
}

/**
 * Several diagnostics, an empty line between them, with a line feed at the end; nothing for none. Where those of one code
 * follow each other with the same help and no place, the last of them has it.
 */
export function formatDiagnostics(
  diagnostics: readonly Diagnostic[],
  sources: Sources,
  options: FormatOptions,
): string {
  if (diagnostics.length === 0) return "";
  const blocks = diagnostics.map((diagnostic, i) => formatDiagnostic(isHelpedBy(diagnostics[i + 1], diagnostic) ? withoutHelp(diagnostic) : diagnostic, sources, options));
  return `${blocks.join("\n\n")}\n`;
}

function isHelpedBy(next: Diagnostic | undefined, { code, span, help }: Diagnostic): boolean {
  return next !== undefined && span === undefined && next.span === undefined && next.code === code && next.help === help;
}

function withoutHelp({ help: _, ...diagnostic }: Diagnostic): Diagnostic {
  return diagnostic;
}

/** The form for tools: every key is always there, in the same order. */
export function diagnosticToJson(diagnostic: Diagnostic, sources: Sources): DiagnosticJson {
  return {
    code: diagnostic.code,
    severity: diagnostic.severity,
    message: diagnostic.message,
    location: locationJson(diagnostic.span, sources),
    notes: (diagnostic.notes ?? []).map((note) => ({
      message: note.message,
      location: locationJson(note.span, sources),
    })),
    help: diagnostic.help ?? null,
  };
}

function locationJson(place: Span | undefined, sources: Sources): LocationJson | null {
  if (place === undefined) return null;
  const text = textOf(place.file, sources);
  return {
    file: place.file,
    offset: { start: place.start, end: place.end },
    position: text === undefined ? null : new LineMap(text).range(place),
  };
}

function textOf(file: string, sources: Sources): string | undefined {
  if ("get" in sources) return sources.get(file);
  return sources.find((source) => source.file === file)?.text;
}

function placeText(place: Span, sources: Sources): string {
  const text = textOf(place.file, sources);
  if (text === undefined) return visibleName(place.file);
  const { line, column } = new LineMap(text).position(place.start);
  return `${visibleName(place.file)}:${line}:${column}`;
}

function frameOf(place: Span, sources: Sources, options: FormatOptions): string | undefined {
  const text = textOf(place.file, sources);
  if (text === undefined) return undefined;
  const { start, end: last } = new LineMap(text).range(place);
  const { lines, skipped } = readable(text, start);
  // Of what goes on over several lines, the first says where it is.
  const end = last.line === start.line ? last : { line: start.line, column: skipped + (lines[start.line - 1]?.length ?? 0) + 1 };
  const shift = ({ line, column }: Position): Position => ({ line, column: Math.min(Math.max(1, column - skipped), longestLine + 1) });
  // `highlightCode` would honour the terminal's environment; the caller decides.
  return codeFrameColumns(lines.join("\n"), { start: shift(start), end: shift(end) }, { highlightCode: options.color, forceColor: options.color })
    .split("\n")
    .map((line) => line.trimEnd())
    .join("\n");
}

/** Longer lines than anyone writes are shown in part. */
const longestLine = 400;

/** The lines of a text as they can be shown, the parts that matter of long ones, and how many characters each begins after. */
function readable(text: string, at: Position): { readonly lines: readonly string[]; readonly skipped: number } {
  const lines = text.split(/\r\n|\r|\n/);
  const near = (index: number): boolean => Math.abs(index + 1 - at.line) <= 3;
  const skipped = lines.some((line, index) => near(index) && line.length > longestLine) ? Math.max(0, at.column - longestLine / 4) : 0;
  return { lines: lines.map((line, index) => (near(index) ? visible(line.slice(skipped, skipped + longestLine)) : "")), skipped };
}

/**
 * Text of a file that nobody vouches for, safe to print: what would move a terminal's cursor, change its colours or turn
 * the direction of writing shows as a sign instead. Each sign is one character, so columns stay.
 */
function visible(text: string): string {
  return signs(text, /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g);
}

/** The same for the name of a file, which may have a tab or a new line but stands in one. */
export function visibleName(name: string): string {
  return signs(visible(name), /[\t\n]/g);
}

function signs(text: string, what: RegExp): string {
  return text.replace(what, (character) => {
    const code = character.charCodeAt(0);
    return code < 0x20 ? String.fromCharCode(0x2400 + code) : code === 0x7f ? "\u2421" : "\ufffd";
  });
}

function indent(text: string, width: number): string {
  const margin = " ".repeat(width);
  return text
    .split("\n")
    .map((line) => (line === "" ? "" : margin + line))
    .join("\n");
}

/** Indents the later lines of a text of several so that they stand under the first. */
function hang(text: string): string {
  return text.split("\n").join("\n        ");
}
