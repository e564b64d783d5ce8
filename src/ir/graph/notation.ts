/**
 * The small parts of the text form: names, numbers, strings, lengths. Numbers are written with the fewest digits that read
 * back as the same number; strings as in JSON; names bare where they are plain words.
 */
import type { Length, LengthAtom } from "./length.js";

/** Words that mean something where a name may stand. */
const reserved: ReadonlySet<string> = new Set(["floor", "index", "window", "NaN", "Infinity"]);

export function nameNotation(name: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(name) && !reserved.has(name) ? name : stringNotation(name);
}

/** The second dimension of a name is `name#2`, and so on. */
export function labelNotation(name: string, count: number): string {
  return count === 1 ? nameNotation(name) : `${nameNotation(name)}#${count}`;
}

export function stringNotation(text: string): string {
  return JSON.stringify(text);
}

export function numberNotation(value: number): string {
  return Object.is(value, -0) ? "-0" : String(value);
}

/** What the source calls a node, behind it: bare where nothing in it can mislead. */
export function commentNotation(name: string): string {
  return /^[A-Za-z_$][\w$.[\]-]*$/.test(name) ? name : stringNotation(name);
}

/** As lengthText, with names that may be any string. */
export function lengthNotation({ constant, terms }: Length): string {
  let text = "";
  for (const { coefficient, atom } of terms) {
    const sign = coefficient < 0 ? "-" : text === "" ? "" : "+";
    const factor = Math.abs(coefficient) === 1 ? "" : `${Math.abs(coefficient)}*`;
    text += `${sign}${factor}${atomNotation(atom)}`;
  }
  if (text === "") return String(constant);
  return constant === 0 ? text : `${text}${constant < 0 ? "-" : "+"}${Math.abs(constant)}`;
}

function atomNotation(atom: LengthAtom): string {
  return atom.kind === "free" ? nameNotation(atom.name) : `floor((${lengthNotation(atom.numerator)})/${atom.divisor})`;
}
