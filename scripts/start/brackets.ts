/**
 * Weights for examples/brackets.model.ts, set by hand: nothing was trained. Each character is one of six brackets or none
 * of them, pushing or popping is certain, and so is the kind.
 */

/** Opening and closing brackets: feature 2 * kind opens, feature 2 * kind + 1 closes. */
export const brackets = "()[]{}";
const [characters, features, kinds] = [128, 6, 3];

/** sigmoid(30) is 1 and sigmoid(-30) is 0, as far as float32 can tell from sums with other numbers. */
const certain = 30;

export interface Weight {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

export function bracketWeights(): Record<string, Weight> {
  const table = weight([characters, features], (character, feature) => (brackets.charCodeAt(feature) === character ? 1 : 0));
  const actions = weight([2, features], (action, feature) => (feature % 2 === action ? 2 * certain : 0));
  const kind = weight([kinds, features], (k, feature) => (Math.floor(feature / 2) === k ? 2 * certain : 0));
  return {
    "characters.weight": table,
    "actions.weight": actions,
    "actions.bias": weight([2], () => -certain),
    "kind.weight": kind,
    "kind.bias": weight([kinds], () => -certain),
  };
}

function weight(shape: readonly [number, number?], value: (row: number, column: number) => number): Weight {
  const [rows, columns = 1] = shape;
  const data = Float32Array.from({ length: rows * columns }, (_, index) => value(Math.floor(index / columns), index % columns));
  return { shape: shape.length === 1 ? [rows] : [rows, columns], data };
}

/** The ids of a text: its character codes, with 0 for what the net has no code for. */
export function textIds(text: string): Uint8Array {
  const ids = new Uint8Array(text.length);
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    ids[index] = code < characters ? code : 0;
  }
  return ids;
}

export interface Fault {
  readonly line: number;
  readonly column: number;
  readonly what: string;
}

export interface Reading {
  readonly deepest: { readonly depth: number; readonly line: number; readonly text: string };
  readonly faults: readonly Fault[];
}

/** What the net's outputs say about a text: how deep it nests, and where brackets do not match. */
export function interpret(text: string, depth: ArrayLike<number>, fault: ArrayLike<number>): Reading {
  const faults: Fault[] = [];
  /** Where the brackets that are open at each depth were opened: the net says how deep, we note where. */
  const opened: number[] = [];
  let [deepest, deepestAt, before] = [0, 0, 0];
  for (let t = 0; t < text.length; t++) {
    const now = Math.round(depth[t] ?? NaN);
    if (now > before) opened[now - 1] = t;
    if (now > deepest) [deepest, deepestAt] = [now, t];
    if ((fault[t] ?? NaN) > 0.5) {
      const open = before > 0 ? opened[before - 1] : undefined;
      faults.push({ ...place(text, t), what: open === undefined ? `${quote(text, t)} closes nothing` : `${quote(text, t)} closes the ${quote(text, open)} of line ${place(text, open).line}` });
    }
    before = now;
  }
  for (const open of opened.slice(0, before)) faults.push({ ...place(text, open), what: `${quote(text, open)} is never closed` });
  const { line } = place(text, deepestAt);
  return { deepest: { depth: deepest, line, text: (text.split("\n")[line - 1] ?? "").trim() }, faults };
}

function quote(text: string, t: number): string {
  return `"${text.charAt(t)}"`;
}

function place(text: string, offset: number): { readonly line: number; readonly column: number } {
  const before = text.slice(0, offset).split("\n");
  return { line: before.length, column: (before.at(-1) ?? "").length + 1 };
}
