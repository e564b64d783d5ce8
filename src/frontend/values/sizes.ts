/**
 * Whether a value could be held at all. What is too large is refused where it is written, before any pass has to reckon with
 * sizes that numbers do not hold exactly. Whether all of a program fits into memory is asked when its buffers are known.
 */
import { elementCount, visibleTypeText as typeText, type ValueType } from "../../ir/graph/types.js";
import type { Length } from "../../ir/graph/length.js";
import type { Span } from "../../support/span.js";
import { refuse } from "../catalogue.js";

/** 4 GiB of single-precision floats: the largest array that engines have. */
const largestVector = 2 ** 30;

/** Each is a loop in the generated code, and none was ever written by a person. */
const mostDims = 16;

/** Lengths are compared as forms; one whose numbers are not exact could not be. */
function isExact({ constant, terms }: Length): boolean {
  return Number.isSafeInteger(constant) && terms.every(({ coefficient, atom }) => Number.isSafeInteger(coefficient) && (atom.kind === "free" || isExact(atom.numerator)));
}

export function checkSize(type: ValueType, span: Span): void {
  if (!(elementCount(type.shape) <= largestVector)) refuse("GF2014", `${typeText(type)} has more than ${largestVector} elements`, span, "no array is as large; check its sizes");
  if (type.dims.length > mostDims) refuse("GF2014", `this runs along ${type.dims.length} dimensions, more than ${mostDims}`, span, "reduce over some of them, or join them with concat(x, \"name\")");
  for (const { name, length } of type.dims) if (!isExact(length)) refuse("GF2014", `the length of "${name}" is made of numbers too large to be exact`, span, "no sequence is as long; check how the length is computed");
}
