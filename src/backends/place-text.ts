/**
 * The function of a program that places those of its buffers whose sizes depend on the lengths of a run. Where all sizes grow
 * with the same length, which is so for most models, they are placed here and now for the length 1: others are multiples.
 */
import { lengthText, scaleLength, staticLength, type Length } from "../ir/graph/length.js";
import { placeSlots } from "../ir/program/place-slots.js";
import type { Slot } from "../ir/program/program.js";
import { placeText, scaleText } from "../runtime/place.js";
import { lengthExpression } from "./length-text.js";

export function placeFunction(slots: readonly Slot[], lengths: readonly string[]): string {
  if (slots.length === 0) return "() => 0";
  const sizes = slots.map(({ elements }) => scaledSize(elements));
  const [first] = sizes;
  const product = (factors: readonly Length[]): string => factors.map((length) => lengthExpression(length, lengths)).join(" * ") || "1";
  if (first !== undefined && sizes.every(({ key }) => key === first.key)) {
    const { offsets, total } = placeSlots(slots.map(({ from, to }, i) => ({ size: sizes[i]?.factor ?? 0, from, to })));
    return `(L, o) => scaleSlots([${offsets.join(", ")}], ${total}, ${product(first.lengths)}, o)`;
  }
  const lives = (["from", "to"] as const).map((end) => `[${slots.map((slot) => slot[end]).join(", ")}]`);
  return `(L, o) => placeSlots([${slots.map(({ elements }) => product(elements)).join(", ")}], ${lives.join(", ")}, o)`;
}

/** Whether one of these texts has a function that places buffers when it is called. */
export function placesWhenRun(texts: readonly string[]): boolean {
  return texts.some((text) => text.includes("placeSlots("));
}

/** What the texts of such functions need. */
export function placeHelpers(texts: readonly string[]): string[] {
  return [...(placesWhenRun(texts) ? [placeText] : []), ...(texts.some((text) => text.includes("scaleSlots(")) ? [scaleText] : [])];
}

/** A number times a product of lengths, which the key tells from others. */
function scaledSize(elements: readonly Length[]): { readonly factor: number; readonly lengths: readonly Length[]; readonly key: string } {
  let factor = 1;
  const lengths: Length[] = [];
  for (const length of elements) {
    const fixed = staticLength(length);
    const [term, other] = length.terms;
    const coefficient = other === undefined && length.constant === 0 ? (term?.coefficient ?? 1) : 1;
    factor *= fixed ?? coefficient;
    if (fixed === undefined) lengths.push(coefficient === 1 ? length : scaleLength(length, 1 / coefficient));
  }
  return { factor, lengths, key: lengths.map(lengthText).sort().join(" * ") };
}
