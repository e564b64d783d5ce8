/** What a comparison with the world outside came to, and the table of them. */
import { at, invariant } from "../../src/support/invariant.js";

/** One thing to compare. */
export interface Comparison {
  readonly what: string;
  /** The largest difference found; how it is measured is the comparison's business, see `difference`. */
  readonly measure: () => number;
  readonly bound: number;
}

/** What came of it: a difference, or why there is none. */
export interface Row {
  readonly model: string;
  readonly what: string;
  readonly bound: number;
  readonly result: { readonly difference: number } | { readonly fault: string };
}

/** A comparison that cannot even be made must not hide what the others say. */
export function measured(model: string, { what, measure, bound }: Comparison): Row {
  try {
    return { model, what, bound, result: { difference: measure() } };
  } catch (thrown) {
    return { model, what, bound, result: { fault: thrown instanceof Error ? thrown.message : String(thrown) } };
  }
}

export function passes({ result, bound }: Row): boolean {
  // A NaN is never within a bound.
  return "difference" in result && result.difference <= bound;
}

/** The largest |a - b| / max(1, |b|): absolute for small numbers, relative for large ones. A NaN anywhere gives NaN. */
export function difference(found: ArrayLike<number>, expected: ArrayLike<number>): number {
  invariant(found.length === expected.length && found.length > 0, () => `${found.length} numbers to hold against ${expected.length}`);
  let largest = 0;
  for (let index = 0; index < found.length; index++) {
    const b = at(expected, index);
    const each = Math.abs(at(found, index) - b) / Math.max(1, Math.abs(b));
    if (!(each <= largest)) largest = each;
    if (Number.isNaN(each)) return NaN;
  }
  return largest;
}

export function formatTable(rows: readonly Row[]): string {
  const cells = rows.map((row) => [row.model, row.what, "difference" in row.result ? row.result.difference.toExponential(1) : "none", row.bound.toExponential(0), passes(row) ? "ok" : "FALLS SHORT"]);
  const table = [["model", "compared", "difference", "bound", "verdict"], ...cells];
  const widths = at(table, 0).map((_, column) => Math.max(...table.map((row) => at(row, column).length)));
  return table.map((row) => row.map((cell, column) => cell.padEnd(at(widths, column))).join("  ").trimEnd()).join("\n");
}
