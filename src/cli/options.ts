/** The options of the commands: what each command gets, and how the text of an option becomes its value. */
import { InvalidArgumentError } from "commander";
import type { CompileOptions } from "../compile.js";
import type { PassDump } from "../support/debug.js";
import { given } from "../support/given.js";

/** What every command that reads a model takes. */
export interface ModelOptions {
  readonly models?: readonly string[];
  readonly set: Readonly<Record<string, number | string | boolean>>;
  readonly fixed: Readonly<Record<string, number>>;
  readonly unroll: Readonly<Record<string, number | "all">>;
  readonly hoist: boolean;
  readonly optimise: boolean;
  readonly verify: boolean;
  readonly format: "text" | "json";
  readonly timings: boolean;
  readonly debug: boolean;
}

/** What every command that makes code takes. */
export interface TargetOptions {
  readonly target: "js" | "wasm" | "gpu";
  readonly batch?: number | "any";
  readonly quantize?: "int8" | "int16";
  readonly keep?: readonly string[];
}

/** What the compiler is told of them. */
export function targetChoices({ target, batch, quantize, keep }: TargetOptions): Pick<CompileOptions, "target" | "batch" | "quantize" | "keep"> {
  return given({ target, batch, quantize, keep });
}

export interface CompileCommandOptions extends ModelOptions, TargetOptions {
  readonly out: string;
  readonly relaxedSimd: boolean;
  readonly name?: string;
  readonly extension: "js" | "mjs";
  readonly minify: boolean;
  readonly wasm: "embedded" | "beside";
  readonly stream: boolean;
  readonly weightsForm: "safetensors" | "float32" | "arrays";
  readonly layout?: Layout;
  readonly weights?: string;
  /** What the names of the weights begin with that is no part of the parameters'. */
  readonly prefix?: string;
  readonly embed: boolean;
  /** Inputs on which the error of quantising is measured. */
  readonly sample?: string;
}

export interface InspectCommandOptions extends ModelOptions, TargetOptions {
  readonly list: boolean;
  readonly after?: string;
  readonly level?: PassDump["level"];
}

/** The value itself, or the file that holds it. */
export type GivenInput = { readonly value: unknown } | { readonly file: string };

export interface RunCommandOptions extends ModelOptions, TargetOptions {
  /** For the target gpu: which backend of gpu.js, and whether another may take its place. */
  readonly mode?: string;
  readonly fallback: boolean;
  readonly weights?: string;
  readonly prefix?: string;
  readonly random?: number;
  readonly input: Readonly<Record<string, GivenInput>>;
  readonly inputs?: string;
  readonly seed?: number;
  /** Step by step, and how many steps where no input tells. */
  readonly stream: boolean;
  readonly steps?: number;
}

/** Where the batch stands in flat arrays: in all, and in single ones by name. */
export interface Layout {
  readonly all?: BatchOrder;
  readonly of: Readonly<Record<string, BatchOrder>>;
}

type BatchOrder = "batch-first" | "time-first";

// ---- How their values are read.

/** ORDER, or NAME=ORDER; may be repeated. */
export function layout(text: string, before: Layout = { of: {} }): Layout {
  const split = text.lastIndexOf("=");
  const order = text.slice(split + 1);
  if (order !== "batch-first" && order !== "time-first") throw new InvalidArgumentError("It takes batch-first or time-first, of all arrays or of one: NAME=time-first.");
  if (split < 0 ? before.all !== undefined : Object.hasOwn(before.of, text.slice(0, split))) throw new InvalidArgumentError(`${split < 0 ? "It" : text.slice(0, split)} is given twice.`);
  return split < 0 ? { ...before, all: order } : { ...before, of: Object.fromEntries([...Object.entries(before.of), [text.slice(0, split), order]]) };
}

export function names(text: string, before: readonly string[] = []): string[] {
  const list = text.split(",").map((name) => name.trim()).filter((name) => name !== "");
  if (list.length === 0) throw new InvalidArgumentError("It takes names, joined by commas.");
  return [...before, ...list];
}

/** An empty one is a variable of a shell that is not set, sooner than the current folder. */
export function folder(text: string): string {
  if (text.trim() === "") throw new InvalidArgumentError("It takes the path of a folder; the current one is \".\".");
  return text;
}

export function whole(text: string): number {
  return wholeFrom(0, text) ?? refuse("It must be a whole number from 0 on.");
}

/** @param word that may stand for a number */
function fromOne(text: string, word: string): number {
  return wholeFrom(1, text) ?? refuse(`It must be a whole number from 1 on, or ${word}.`);
}

function wholeFrom(least: number, text: string): number | undefined {
  const value = Number(text);
  return text.trim() === "" || !Number.isSafeInteger(value) || value < least ? undefined : value;
}

function refuse(message: string): never {
  throw new InvalidArgumentError(message);
}

export function factor(text: string): number | "all" {
  return text === "all" ? "all" : fromOne(text, "all");
}

/** How many members every run takes, or "any" number. */
export function members(text: string): number | "any" {
  return text === "any" ? "any" : fromOne(text, "any");
}

export function setting(text: string): number | string | boolean {
  if (text === "true" || text === "false") return text === "true";
  const value = Number(text);
  return text.trim() === "" || Number.isNaN(value) ? text : value;
}

export function jsonValue(text: string): GivenInput {
  if (text.startsWith("@")) return { file: text.slice(1) };
  try {
    return { value: JSON.parse(text) as unknown };
  } catch {
    throw new InvalidArgumentError("The value must be JSON, such as 3 or [1,2,3], or @FILE.");
  }
}

/** Collects NAME=VALUE of an option that may be repeated. */
export function keyed<T>(what: string, parse: (text: string) => T): (text: string, before: Readonly<Record<string, T>>) => Record<string, T> {
  return (text, before) => {
    const at = text.indexOf("=");
    if (at < 1) throw new InvalidArgumentError(`It takes the name of ${what} and its value: NAME=VALUE.`);
    const name = text.slice(0, at);
    if (Object.hasOwn(before, name)) throw new InvalidArgumentError(`${name} is given twice.`);
    return { ...before, [name]: parse(text.slice(at + 1)) };
  };
}
