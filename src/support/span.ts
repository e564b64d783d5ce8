/**
 * Places in source text.
 *
 * The compiler keeps a place as two offsets into a file's text and works out
 * lines and columns only when it prints: offsets are cheap to carry through
 * every level and stay exact. Offsets count UTF-16 code units, as JavaScript
 * strings and editors do.
 */
import { invariant } from "./invariant.js";

/**
 * The characters `start` (inclusive) to `end` (exclusive) of a file. In a file
 * that is not text, such as one of weights, the offsets count bytes.
 */
export interface Span {
  readonly file: string;
  readonly start: number;
  readonly end: number;
}

/** A file as it was read; `file` is the name by which spans and messages call it. */
export interface SourceText {
  readonly file: string;
  readonly text: string;
}

/** A place as people say it: both numbers count from 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** Where a span begins, and the place just after its last character. */
export interface PositionRange {
  readonly start: Position;
  readonly end: Position;
}

export function span(file: string, start: number, end: number): Span {
  invariant(
    Number.isInteger(start) && Number.isInteger(end) && 0 <= start && start <= end,
    () => `not a span: ${file} ${start}..${end}`,
  );
  return { file, start, end };
}

/**
 * Turns offsets of one text into lines and columns. It finds the line starts
 * once, so make one per file where many offsets are asked for. Lines end with
 * LF, CRLF or CR; a tab is one column.
 */
export class LineMap {
  readonly #starts: number[] = [0];
  readonly #length: number;

  constructor(text: string) {
    this.#length = text.length;
    for (const match of text.matchAll(/\r\n|\r|\n/g)) {
      this.#starts.push(match.index + match[0].length);
    }
  }

  /** The place of an offset; one beyond the end is taken to be the end. */
  position(offset: number): Position {
    const clamped = Math.max(0, Math.min(offset, this.#length));
    let low = 0;
    let high = this.#starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#starts[middle] ?? Infinity) <= clamped) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: clamped - (this.#starts[low] ?? 0) + 1 };
  }

  range(place: Span): PositionRange {
    return { start: this.position(place.start), end: this.position(place.end) };
  }
}
