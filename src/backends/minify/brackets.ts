/** Which brackets of a text belong together, and between which each token stands. */
import type { Token } from "./tokens.js";

export interface Brackets {
  /** Of a bracket: the other end. */
  readonly other: ReadonlyMap<number, number>;
  /** Of each token: the bracket that is open around it, and how many are. */
  readonly around: readonly (number | undefined)[];
  readonly depth: readonly number[];
}

export function bracketsOf(tokens: readonly Token[]): Brackets {
  const other = new Map<number, number>();
  const [around, depth]: [(number | undefined)[], number[]] = [[], []];
  const open: number[] = [];
  for (const [i, { kind, text }] of tokens.entries()) {
    if (kind === "mark" && closing.has(text)) {
      const begin = open.pop() ?? 0;
      other.set(i, begin).set(begin, i);
    }
    around.push(open.at(-1));
    depth.push(open.length);
    if (kind === "mark" && opening.has(text)) open.push(i);
  }
  return { other, around, depth };
}

export const opening: ReadonlySet<string> = new Set(["(", "[", "{"]);
const closing: ReadonlySet<string> = new Set([")", "]", "}"]);
