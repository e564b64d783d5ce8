/**
 * Model files and how they hang together: which files are read, and what a name at the top level of one stands for. The
 * texts come from the caller; the files of the language's own library are embedded.
 */
import { DiagnosticError, type Diagnostic } from "../../support/diagnostics.js";
import type { Span } from "../../support/span.js";
import type { Declarator, FunctionSyntax, ImportSyntax, TypeAlias } from "../syntax/ast.js";
import { builtins, type Builtin } from "../operations/table.js";
import { refuse } from "../catalogue.js";
import { libraryFiles } from "../library.generated.js";
import type { Module } from "../syntax/module.js";
import { language, librarySpecifiers, offered } from "./offered.js";
import { readModule } from "../reader/reader.js";
import { nearest } from "../../support/nearest.js";

export interface SourceHost {
  /** The text of a model file, or undefined. `from` is the importing file. */
  resolve(specifier: string, from: string): { file: string; text: string } | undefined;
}

/** What a name stands for, wherever it is declared. */
export type Resolution =
  | { readonly kind: "builtin"; readonly builtin: Builtin }
  | { readonly kind: "function"; readonly module: Module; readonly function: FunctionSyntax }
  | { readonly kind: "const"; readonly module: Module; readonly declarator: Declarator; readonly name: string };

export type TypeResolution =
  | { readonly kind: "language"; readonly name: LanguageType }
  | { readonly kind: "alias"; readonly module: Module; readonly alias: TypeAlias };

export const languageTypes = ["Tensor", "Vec", "Real", "Id", "Int", "Seq", "Init"] as const;
export type LanguageType = (typeof languageTypes)[number];

function isLanguage(specifier: string): boolean {
  return specifier === language || specifier.startsWith(`${language}/`);
}

/** How many files a re-exported name may pass through. */
const longestChain = 50;

/** Characters of one model file, and of all that a model consists of. */
const largestFile = 2 ** 20;
const largestProject = 2 ** 22;

export class Modules {
  readonly sources = new Map<string, string>();
  private readonly modules = new Map<string, Module>();
  private readonly found = new Map<string, Module>();
  private readonly reported: Diagnostic[] = [];
  private characters = 0;

  constructor(private readonly host: SourceHost) {}

  /** What reading the files found, in the order of the files. */
  get diagnostics(): readonly Diagnostic[] {
    return [...[...this.modules.values()].flatMap((module) => module.syntax.diagnostics), ...this.reported];
  }

  /** Reads a file and everything that it imports. */
  load(file: string, text: string, library = false): Module {
    const known = this.modules.get(file);
    if (known !== undefined) return known;
    if (!library) this.measure(file, text);
    this.sources.set(file, text);
    const module: Module = { syntax: readModule(file, text), file, library };
    this.modules.set(file, module);
    for (const value of module.syntax.values.values()) if (value.kind === "import") this.check(module, value.import);
    for (const value of module.syntax.exports.values()) if (value.kind === "import") this.check(module, value.import);
    return module;
  }

  /** Far more than anyone writes; more would take memory and time only to be refused. */
  private measure(file: string, text: string): void {
    this.characters += text.length;
    if (text.length <= largestFile && this.characters <= largestProject) return;
    const what = text.length > largestFile ? `${file} has ${text.length} characters, more than ${largestFile}` : `with ${file} the model's files have ${this.characters} characters, more than ${largestProject}`;
    refuse("GF1012", what, { file, start: 0, end: 0 }, "weights and tables of numbers belong in files of their own, which are given to the compiled module");
  }

  private check(module: Module, syntax: ImportSyntax): void {
    try {
      if (isLanguage(syntax.specifier)) {
        this.languageMember(syntax);
        return;
      }
      const target = this.imported(module, syntax);
      if (!target.syntax.exports.has(syntax.imported) && !target.syntax.types.has(syntax.imported)) this.noSuchExport(target, syntax);
    } catch (thrown) {
      if (!(thrown instanceof DiagnosticError)) throw thrown;
      this.reported.push(...thrown.diagnostics);
    }
  }

  private noSuchExport(target: Module, { imported, span }: ImportSyntax): never {
    const close = nearest(imported, target.syntax.exports.keys());
    return refuse("GF4002", `${target.file} exports no ${imported}`, span, close === undefined ? `export it there` : `did you mean ${close}?`);
  }

  private imported(from: Module, { specifier, span }: ImportSyntax): Module {
    const key = `${from.file}\n${specifier}`;
    const known = this.found.get(key);
    if (known !== undefined) return known;
    const source = from.library ? besideInLibrary(specifier, from.file) : spellings(specifier).map((each) => this.ask(each, from, span)).find((each) => each !== undefined);
    if (source === undefined) {
      if (!/^\.{1,2}\/|^\//.test(specifier)) return refuse("GF4001", `${JSON.stringify(specifier)} is no model file`, span, `import from ${librarySpecifiers.map((each) => JSON.stringify(each)).join(", ")}, or from a model file by its path, as in "./name.model.js"; packages are not read`);
      return refuse("GF4001", `the file ${JSON.stringify(specifier)} is not found`, span, "give its path from this file, as in \"./name.model.js\"");
    }
    const module = this.load(source.file, source.text, from.library);
    this.found.set(key, module);
    return module;
  }

  /** What the host has to say of a file - that it is no text, that it may not be read - is said at the import. */
  private ask(specifier: string, from: Module, span: Span): { file: string; text: string } | undefined {
    try {
      return this.host.resolve(specifier, from.file);
    } catch (thrown) {
      if (!(thrown instanceof DiagnosticError)) throw thrown;
      const [first, ...rest] = thrown.diagnostics.map((each) => (each.span === undefined ? { ...each, span } : each));
      throw first === undefined ? thrown : new DiagnosticError([first, ...rest]);
    }
  }

  private languageMember({ specifier, imported, span }: ImportSyntax): Resolution | "type" {
    if (specifier === language) {
      const builtin = builtins.get(imported);
      if (builtin !== undefined) return { kind: "builtin", builtin };
      if ((languageTypes as readonly string[]).includes(imported)) return "type";
    }
    const files = libraryFiles.filter((each) => each.specifier === specifier);
    if (files.length === 0) return refuse("GF4001", `there is no ${specifier}`, span, `the language and its library are ${librarySpecifiers.join(", ")}`);
    const file = files.find((each) => each.exports.includes(imported));
    if (file === undefined) {
      const close = nearest(imported, [...offered(specifier), ...(specifier === language ? languageTypes : [])]);
      return refuse("GF4002", `${specifier} exports no ${imported}`, span, close === undefined ? "see docs/language.md and docs/library.md for what there is" : `did you mean ${close}?`);
    }
    const module = this.load(file.file, file.text, true);
    return this.exported(module, imported, span) ?? refuse("GF4002", `${file.file} exports no ${imported}`, span, "export it there");
  }

  /** What a name means at the top level of a file. */
  resolve(module: Module, name: string, span: Span, chain = 0): Resolution | undefined {
    const value = module.syntax.values.get(name);
    if (value === undefined) return undefined;
    if (value.kind === "function") return { kind: "function", module, function: value.function };
    if (value.kind === "const") return { kind: "const", module, declarator: value.declarator, name };
    return this.follow(module, value.import, span, chain);
  }

  /** What a file exports under a name. */
  exported(module: Module, name: string, span: Span, chain = 0): Resolution | undefined {
    const value = module.syntax.exports.get(name);
    if (value === undefined) return undefined;
    return value.kind === "local" ? this.resolve(module, value.name, span, chain) : this.follow(module, value.import, span, chain);
  }

  private follow(module: Module, syntax: ImportSyntax, span: Span, chain: number): Resolution {
    if (chain > longestChain) refuse("GF4003", `${syntax.imported} is only ever imported, never defined`, syntax.span, "define it in one of the files");
    if (isLanguage(syntax.specifier)) {
      const member = this.languageMember(syntax);
      return member === "type" ? refuse("GF1006", `${syntax.imported} is a type, no value`, span, "use it in an annotation") : member;
    }
    const target = this.imported(module, syntax);
    return this.exported(target, syntax.imported, span, chain + 1) ?? this.noSuchExport(target, syntax);
  }

  /** What a type's name means in a file. */
  resolveType(module: Module, name: string, chain = 0): TypeResolution | undefined {
    const alias = module.syntax.types.get(name);
    if (alias !== undefined) return { kind: "alias", module, alias };
    const value = module.syntax.values.get(name);
    if (value?.kind !== "import" || chain > longestChain) return undefined;
    const { specifier, imported } = value.import;
    if (isLanguage(specifier)) {
      const type = languageTypes.find((each) => each === imported);
      return type === undefined ? undefined : { kind: "language", name: type };
    }
    return this.resolveType(this.imported(module, value.import), imported, chain + 1);
  }
}

/** A specifier as it is written, and as the file behind it may be called: "./cells.model.js" is "./cells.model.ts". */
function spellings(specifier: string): readonly string[] {
  const stem = specifier.replace(/\.(js|ts)$/, "");
  return [...new Set([specifier, `${stem}.ts`, `${stem}.model.ts`])];
}

/** A file of the library that another one imports; they lie side by side. */
function besideInLibrary(specifier: string, from: string): (typeof libraryFiles)[number] | undefined {
  const folder = from.slice(0, from.lastIndexOf("/") + 1);
  const names = spellings(specifier.replace(/^\.\//, folder));
  return libraryFiles.find(({ file }) => names.includes(file));
}
