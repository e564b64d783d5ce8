/** Lengths of a run as JavaScript: sums over the array `L` of the free lengths. */
import { staticLength, type Length } from "../ir/graph/length.js";
import { invariant } from "../support/invariant.js";

/** A length computed from the array `L` of free lengths. */
export function lengthExpression(length: Length, lengths: readonly string[]): string {
  const size = staticLength(length);
  if (size !== undefined) return String(size);
  const form = linearForm(length, lengths);
  const [term] = length.terms;
  const bare = length.terms.length === 1 && length.constant === 0 && term?.coefficient === 1 && term.atom.kind === "free";
  return bare ? form : `Math.max(0, ${form})`;
}

function linearForm(length: Length, lengths: readonly string[]): string {
  const terms = length.terms.map(({ coefficient, atom }) => {
    const text = atom.kind === "free" ? `L[${freeIndex(atom.name, lengths)}]` : `Math.floor((${linearForm(atom.numerator, lengths)}) / ${atom.divisor})`;
    return coefficient === 1 ? text : `${coefficient} * ${text}`;
  });
  return [...terms, ...(length.constant === 0 ? [] : [String(length.constant)])].join(" + ") || "0";
}

function freeIndex(name: string, lengths: readonly string[]): number {
  const index = lengths.indexOf(name);
  invariant(index >= 0, () => `the program does not declare its length ${name}`);
  return index;
}
