/**
 * The front end: from the text of model files to graphs. Files are read, never executed.
 *
 *     const { models, diagnostics } = readModels({ file, text }, host, {});
 *
 * The caller's host finds the text of imported files, so the front end needs no file system and runs in a browser.
 */
import { DiagnosticError, type Diagnostic } from "../support/diagnostics.js";
import type { Span } from "../support/span.js";
import { buildModel, type ModelDeclaration } from "./models/build.js";
import { diagnose } from "./catalogue.js";
import { Models, type Setting } from "./models/find.js";
import { Modules, type SourceHost } from "./files/modules.js";
import { nearest } from "../support/nearest.js";

export type { ModelDeclaration, SettingDeclaration } from "./models/build.js";
export { catalogue } from "./catalogue.js";
export { parameterClashes } from "./models/clashes.js";
export type { Setting } from "./models/find.js";
export type { SourceHost } from "./files/modules.js";

export interface ReadOptions {
  /** The models to build, by name; all of the file, unless given. */
  readonly models?: readonly string[] | undefined;
  /** Values of settings, by name, wherever a model has a setting of that name. */
  readonly settings?: Readonly<Record<string, Setting>> | undefined;
}

export interface ReadResult {
  /** In the order of the source; those that are at fault are left out. */
  readonly models: ModelDeclaration[];
  readonly diagnostics: Diagnostic[];
  /** Exported functions that are no models, each with the parameter because of which it is none. */
  readonly functions: readonly { readonly name: string; readonly parameter: Span }[];
  /** The text of each file that was read, by the name that spans use. */
  readonly sources: Map<string, string>;
}

/** Reads a model file and everything that it imports, and lowers its models. What is wrong is in the diagnostics; nothing is thrown. */
export function readModels(entry: { readonly file: string; readonly text: string }, host: SourceHost, options: ReadOptions = {}): ReadResult {
  const modules = new Modules(host);
  const diagnostics = new Map<string, Diagnostic>();
  const report = (...found: readonly Diagnostic[]) => {
    // One fault that several models share is told once: the first is the one nearest to it.
    for (const each of found) {
      const key = JSON.stringify([each.code, each.message, each.span]);
      if (!diagnostics.has(key)) diagnostics.set(key, each);
    }
  };
  const attempt = (body: () => void) => {
    try {
      body();
    } catch (thrown) {
      if (thrown instanceof DiagnosticError) report(...thrown.diagnostics);
      else if (isStackOverflow(thrown)) report(diagnose("GF1010", "the source is nested too deeply", { file: entry.file, start: 0, end: 0 }, { help: "bind parts of its expressions to consts, or use a loop" }));
      else throw thrown;
    }
  };

  const models: ModelDeclaration[] = [];
  const others: { readonly name: string; readonly parameter: Span }[] = [];
  attempt(() => {
    const module = modules.load(entry.file, entry.text);
    report(...modules.diagnostics);
    const settings = new Map(Object.entries(options.settings ?? {}));
    const table = new Models(modules, settings);
    const whole = { file: entry.file, start: 0, end: 0 };
    const known = new Set<string>();
    const functions = new Set<string>();
    for (const name of module.syntax.exports.keys()) {
      attempt(() => {
        const found = modules.exported(module, name, module.syntax.exports.get(name)?.span ?? whole);
        const signature = found?.kind === "function" ? table.signature(found.module, found.function) : undefined;
        if (found?.kind === "function") (signature === undefined ? functions : known).add(name);
        const parameter = found?.kind === "function" ? table.reasons.get(found.function) : undefined;
        if (signature === undefined && parameter !== undefined) others.push({ name, parameter });
        if (signature === undefined) return;
        if (options.models !== undefined && !options.models.includes(name)) return;
        models.push(buildModel(name, signature, modules, table));
      });
    }
    for (const name of options.models ?? []) {
      if (known.has(name)) continue;
      const close = nearest(name, known);
      if (functions.has(name)) {
        const span = module.syntax.exports.get(name)?.span ?? whole;
        report(diagnose("GF4004", `${name} is a function, not a model`, span, { help: "each parameter of a model is an input (Vec<N>, Real, Id<N>, Seq<\"name\", ...> or a record of these), or has a default that is a number, string or boolean" }));
        continue;
      }
      const help = known.size === 0 ? "export a function whose parameters are all inputs or settings" : `${close === undefined ? "" : `did you mean ${close}? `}the models of this file are ${[...known].join(", ")}`;
      // No place of the file is at fault.
      report(diagnose("GF4004", `${entry.file} has no model ${name}`, undefined, { help }));
    }
    const knownSettings = table.settingNames;
    for (const name of settings.keys()) {
      if (knownSettings.has(name)) continue;
      const help = knownSettings.size === 0 ? "the models of this file have no settings" : `the settings are ${[...knownSettings].join(", ")}`;
      report(diagnose("GF4006", `${entry.file} has no setting ${name}`, undefined, { help }));
    }
  });
  // Files of the library are read when they are needed.
  attempt(() => report(...modules.diagnostics));
  return { models, functions: others, diagnostics: [...diagnostics.values()], sources: modules.sources };
}

/** The way in which each engine says that calls nest too deeply. */
function isStackOverflow(thrown: unknown): boolean {
  return thrown instanceof Error && /call stack|too much recursion/i.test(thrown.message);
}
