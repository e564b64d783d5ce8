/**
 * The reader: TypeScript's syntax tree -> the model AST. Nothing is executed, and no types are checked; only this file and
 * its siblings know TypeScript's syntax tree. Each form of the subset has one entry in a table; a form without
 * an entry is a diagnostic at its node that says what to write instead.
 */
import { ts } from "ts-morph";
import { boundNames, type ExportSyntax, type ModuleSyntax, type TopLevel, type TypeAlias } from "../syntax/ast.js";
import { diagnose } from "../catalogue.js";
import { hasModifier, Reader, formName } from "./context.js";
import { readExpression } from "./expressions.js";
import { readFunction } from "./functions.js";
import { readBlock, readDeclarators } from "./statements.js";
import { readType } from "./types.js";

/** Reads one file. Whatever is wrong with it is in the result's diagnostics. */
export function readModule(file: string, text: string): ModuleSyntax {
  const values = new Map<string, TopLevel>();
  const types = new Map<string, TypeAlias>();
  const exports = new Map<string, ExportSyntax>();
  let source: ts.SourceFile;
  try {
    source = ts.createSourceFile(file, text, { languageVersion: ts.ScriptTarget.ES2022, jsDocParsingMode: ts.JSDocParsingMode.ParseNone }, false, ts.ScriptKind.TS);
  } catch (thrown) {
    if (!(thrown instanceof RangeError)) throw thrown;
    const whole = { file, start: 0, end: 0 };
    return { file, values, types, exports, diagnostics: [diagnose("GF1010", "the file is nested too deeply to be read", whole, { help: "bind parts of its expressions to consts, or use a loop" })] };
  }
  const reader = new Reader(file, source, { expression: readExpression, block: readBlock, function: readFunction });
  // The parser keeps what it could not understand on the file itself; no program has to be made to ask for it.
  const { parseDiagnostics = [] } = source as unknown as { readonly parseDiagnostics?: readonly ts.DiagnosticWithLocation[] };
  for (const { start, length, messageText } of parseDiagnostics.slice(0, mostSyntaxErrors)) {
    reader.report("GF1001", ts.flattenDiagnosticMessageText(messageText, " ").replace(/\.$/, ""), { file, start, end: start + length }, "correct the syntax: a model file must be valid TypeScript");
  }
  if (parseDiagnostics.length === 0) readTopLevel(reader, source, { values, types, exports });
  return { file, values, types, exports, diagnostics: reader.diagnostics };
}

/** What comes after so many is no help to anyone. */
const mostSyntaxErrors = 20;

interface Tables {
  readonly values: Map<string, TopLevel>;
  readonly types: Map<string, TypeAlias>;
  readonly exports: Map<string, ExportSyntax>;
}

function readTopLevel(reader: Reader, source: ts.SourceFile, { values, types, exports }: Tables): void {
  const declare = (name: ts.Node, text: string, value: TopLevel, exported: boolean) => {
    if (values.has(text)) reader.report("GF1011", `${text} is declared twice`, name, "give one of them another name");
    values.set(text, value);
    if (exported) exports.set(text, { kind: "local", name: text, span: reader.span(name) });
  };
  for (const statement of source.statements) {
    if (ts.isImportDeclaration(statement)) {
      for (const [local, name, imported] of importedNames(reader, statement)) {
        const specifier = (statement.moduleSpecifier as ts.StringLiteral).text;
        declare(name, local, { kind: "import", import: { specifier, imported, span: reader.span(name) } }, false);
      }
    } else if (ts.isTypeAliasDeclaration(statement)) {
      types.set(statement.name.text, { parameters: (statement.typeParameters ?? []).map((each) => each.name.text), type: readType(reader, statement.type), span: reader.span(statement.name) });
    } else if (ts.isFunctionDeclaration(statement) && statement.name !== undefined && !hasModifier(statement, ts.SyntaxKind.DefaultKeyword)) {
      if (hasModifier(statement, ts.SyntaxKind.DeclareKeyword)) continue;
      const doc = reader.doc(statement);
      const syntax = readFunction(reader, statement, statement.name.text);
      declare(statement.name, statement.name.text, { kind: "function", function: doc === undefined ? syntax : { ...syntax, doc } }, hasModifier(statement, ts.SyntaxKind.ExportKeyword));
    } else if (ts.isVariableStatement(statement)) {
      if ((statement.declarationList.flags & ts.NodeFlags.BlockScoped) !== ts.NodeFlags.Const) {
        reader.report("GF1005", "only consts may stand at the top level of a file", statement.declarationList, "write const, or move it into a function");
        continue;
      }
      for (const [name, declarator] of readDeclarators(reader, statement.declarationList).flatMap((each) => boundNames(each.pattern).map((name) => [name, each] as const))) {
        const { value } = declarator;
        const doc = reader.doc(statement);
        // A const that is a function is a function.
        const meaning: TopLevel = value?.kind === "function" && declarator.pattern.kind === "name"
          ? { kind: "function", function: { ...value.function, name, ...(doc === undefined ? {} : { doc }) } }
          : { kind: "const", declarator };
        declare(statement.declarationList, name, meaning, hasModifier(statement, ts.SyntaxKind.ExportKeyword));
      }
    } else if (ts.isExportDeclaration(statement)) {
      readExports(reader, statement, exports);
    } else if (hasModifier(statement, ts.SyntaxKind.DefaultKeyword)) {
      reader.report("GF1005", "a model file exports by name", statement, "write export function name(...)");
    } else if (!ts.isEmptyStatement(statement)) {
      reader.report("GF1002", `${formName(statement)} cannot stand at the top level of a model file`, statement, "a model file holds imports, types, consts and functions");
    }
  }
}

function importedNames(reader: Reader, statement: ts.ImportDeclaration): readonly (readonly [local: string, name: ts.Node, imported: string])[] {
  const clause = statement.importClause;
  if (clause?.name !== undefined || clause?.namedBindings === undefined || !ts.isNamedImports(clause.namedBindings)) {
    const { moduleSpecifier } = statement;
    const specifier = ts.isStringLiteral(moduleSpecifier) ? moduleSpecifier.text : "";
    // Another way to write it would be refused as well.
    if (/^(?!gatefold(\/|$))[^./]/.test(specifier)) reader.report("GF4001", `${JSON.stringify(specifier)} is no model file`, statement, `packages are not read; import { name } from "gatefold", or from a model file by its path, as in "./name.model.js"`);
    else reader.report("GF1005", "a model file imports by name", statement, `write import { name } from "..."`);
    return [];
  }
  return clause.namedBindings.elements.map((element) => [element.name.text, element.name, (element.propertyName ?? element.name).text]);
}

function readExports(reader: Reader, statement: ts.ExportDeclaration, exports: Map<string, ExportSyntax>): void {
  const clause = statement.exportClause;
  if (clause === undefined || !ts.isNamedExports(clause)) {
    reader.report("GF1005", "a model file exports by name", statement, `write export { name } from "..."`);
    return;
  }
  for (const element of clause.elements) {
    const source = (element.propertyName ?? element.name).text;
    const span = reader.span(element);
    const { moduleSpecifier } = statement;
    exports.set(element.name.text, moduleSpecifier !== undefined && ts.isStringLiteral(moduleSpecifier)
      ? { kind: "import", import: { specifier: moduleSpecifier.text, imported: source, span }, span }
      : { kind: "local", name: source, span });
  }
}
