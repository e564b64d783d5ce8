/** What a caller may say of quantising, and what the report tells of it. */
import { type QuantisedProduct, type QuantiseOptions } from "../passes/program/quantise.js";
import type { Quantisation } from "../passes/program/quantised-blocks.js";
import type { Program } from "../ir/program/program.js";
import type { QuantisationError } from "./quantisation-error.js";
import { type Diagnostic, fail, warning } from "../support/diagnostics.js";

export type { Quantisation } from "../passes/program/quantised-blocks.js";

export interface QuantisationReport {
  readonly weights: Quantisation;
  readonly parameters: readonly QuantisedParameter[];
  /** Where a sample was given: how far each output is from what it is in float32. */
  readonly error?: readonly QuantisationError[];
}

/** What became of a parameter. */
export interface QuantisedParameter {
  readonly name: string;
  /** Whether some product reads it as integers. */
  readonly quantised: boolean;
  /** Why it is read as float32 as well, or only so. */
  readonly kept: readonly string[];
}

/** Collects what the passes of a model tell. */
export class QuantisationLog {
  readonly #products: QuantisedProduct[] = [];

  constructor(readonly quantisation: Quantisation, readonly keep: readonly string[]) {}

  get options(): QuantiseOptions {
    return {
      quantisation: this.quantisation,
      keep: (parameter) => this.keep.some((pattern) => matches(pattern, parameter)),
      told: (product) => this.#products.push(product),
    };
  }

  report({ parameters }: Pick<Program, "parameters">): QuantisationReport {
    const of = parameters.map(({ name }): QuantisedParameter => {
      const own = this.#products.filter((product) => product.parameters.includes(name));
      const reasons = own.flatMap(({ kept }) => (kept === undefined ? [] : [kept]));
      return { name, quantised: own.some(({ kept }) => kept === undefined), kept: own.length === 0 ? ["no product of several rows reads it when the model runs"] : [...new Set(reasons)] };
    });
    return { weights: this.quantisation, parameters: of };
  }
}

/** Patterns that match nothing are misspelt. */
export function checkKept(keep: readonly string[], parameters: readonly string[]): void {
  for (const pattern of keep) {
    if (!parameters.some((name) => matches(pattern, name))) fail("GF5010", `no parameter is called ${JSON.stringify(pattern)}`, { help: parameters.length === 0 ? "no model has parameters" : `the parameters are ${parameters.slice(0, 20).join(", ")}${parameters.length > 20 ? ", and more" : ""}; * stands for any letters` });
  }
}

/** A warning where integers were asked for, and there are none in any model. */
export function nothingQuantised(models: readonly { readonly name: string; readonly quantisation?: QuantisationReport }[]): readonly Diagnostic[] {
  const reports = models.flatMap(({ quantisation }) => quantisation ?? []);
  const parameters = reports.flatMap((report) => report.parameters);
  const [first] = reports;
  if (first === undefined || parameters.some(({ quantised }) => quantised)) return [];
  const reasons = new Map<string, string[]>();
  for (const { name, kept } of parameters) for (const reason of kept) reasons.set(reason, [...(reasons.get(reason) ?? []), name]);
  const notes = [...reasons].map(([reason, names]) => ({ message: `${names.slice(0, 3).join(", ")}${names.length > 3 ? ` and ${names.length - 3} more` : ""}: ${reason}` }));
  const whose = models.map(({ name }) => name).join(", ");
  return [warning("GF5010", `no weight of ${whose} becomes ${first.weights}${parameters.length === 0 ? ": there are no weights" : ""}`, { notes, help: "leave out --quantize (the option quantize), which changes nothing here" })];
}

/** What becomes integers must be numbers. */
export function checkFinite(names: Iterable<string>, weights: ReadonlyMap<string, Float32Array>, source: string): void {
  for (const name of names) {
    const at = weights.get(name)?.findIndex((value) => !Number.isFinite(value)) ?? -1;
    if (at >= 0) fail("GF5010", `${JSON.stringify(name)} of ${source}: element ${at} is ${weights.get(name)?.[at] ?? NaN}, which cannot be quantised`, { help: `keep the parameter as it is: --keep ${name}` });
  }
}

/**
 * Whether a name is like a pattern in which * stands for any letters. Each part is looked for where it comes first, which
 * leaves most for the others: nothing is tried twice, as regular expressions do.
 */
function matches(pattern: string, name: string): boolean {
  const [first = "", ...rest] = pattern.split("*");
  const last = rest.pop();
  if (last === undefined) return name === pattern;
  if (!name.startsWith(first)) return false;
  let at = first.length;
  for (const part of rest) {
    const found = name.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return name.length - last.length >= at && name.endsWith(last);
}
