/** What the values of options may be, each rule for one sort of them: callers in JavaScript have no types that would tell. */
import { type Code } from "../support/catalogue.js";
import { fail } from "../support/diagnostics.js";
import { nearest } from "../support/nearest.js";
import { shown } from "../support/shown.js";

/** Gives up where the value of an option cannot be meant. @param name of the option, as messages call it */
export type OptionRule = (value: unknown, name: string) => void;

/** Rules for every option that there is, whether it may be left out or not. */
export type OptionRules<T> = { readonly [O in keyof Required<T>]: OptionRule };

/** @param whose takes the options, as messages call it */
export function checkAgainst<T>(rules: OptionRules<T>, options: unknown, whose: string, within = ""): void {
  if (!isRecord(options)) fail("GF5009", `the options of ${whose} are ${shown(options)}, no object`, { help: "write them by name, such as { target: \"wasm\" }, or leave them out" });
  for (const [name, value] of Object.entries(options)) {
    const rule = ruleOf(rules, name);
    if (rule === undefined) fail("GF5009", `${whose} has no option ${JSON.stringify(name)}`, { help: closest(name, Object.keys(rules)) });
    // As everywhere in JavaScript, one that is undefined was not given.
    if (value !== undefined) rule(value, within + name);
  }
}

function ruleOf(rules: Readonly<Record<string, OptionRule>>, name: string): OptionRule | undefined {
  return Object.hasOwn(rules, name) ? rules[name] : undefined;
}

export const anything: OptionRule = () => {};

export const trueOrFalse: OptionRule = (value, name) => {
  if (typeof value !== "boolean") refuse(name, value, "neither true nor false", `write ${name}: true or ${name}: false`);
};

export const text: OptionRule = (value, name) => {
  if (typeof value !== "string") refuse(name, value, "no string", `write it in quotation marks: ${name}: "..."`);
};

export const names: OptionRule = (value, name) => {
  if (!Array.isArray(value)) refuse(name, value, "no array of names", `write ${name}: [${typeof value === "string" ? JSON.stringify(value) : '"..."'}]`);
  const list: readonly unknown[] = value;
  list.forEach((each, i) => {
    if (typeof each !== "string") refuse(`${name}[${i}]`, each, "no name", "write names in quotation marks");
  });
};

/** @param what as in "there is no target"; @param of what it is one, where that does not say it */
export function oneOf(what: string, among: Readonly<Record<string, unknown>>, of = ""): OptionRule {
  return (value) => {
    if (typeof value !== "string" || !Object.hasOwn(among, value)) fail("GF5009", `there is no ${what} ${shown(value)}${of}`, { help: closest(String(value), Object.keys(among)) });
  };
}

/** A value for each of several names. */
export function byName(what: string, rule: OptionRule = anything): OptionRule {
  return (value, name) => {
    if (!isRecord(value)) refuse(name, value, `no object of ${what} by name`, `write ${name}: { NAME: ... }`);
    for (const [key, each] of Object.entries(value)) rule(each, `${name}.${key}`);
  };
}

export function aFunction(help: string): OptionRule {
  return (value, name) => {
    if (typeof value !== "function") refuse(name, value, "no function", help);
  };
}

/** A whole number from 1, or a word that stands for one. */
export function countOr(word: string, code: Code, says: (value: string) => string, help: string): OptionRule {
  return (value) => {
    if (value !== word && !(typeof value === "number" && Number.isSafeInteger(value) && value >= 1)) fail(code, says(typeof value === "number" ? String(value) : shown(value)), { help });
  };
}

function refuse(name: string, value: unknown, what: string, help: string): never {
  fail("GF5009", `${name} is ${shown(value)}, ${what}`, { help });
}

function closest(name: string, among: readonly string[]): string {
  const close = nearest(name, among);
  return close === undefined ? `there are ${among.join(", ")}` : `did you mean ${close}?`;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
