/** How each operation and each function of the library is called, made from the code: what docs/operations.md must say. */
import { libraryFiles } from "../../src/frontend/library.generated.js";
import { builtins } from "../../src/frontend/operations/table.js";
import { readModule } from "../../src/frontend/reader/reader.js";
import type { FunctionSyntax, Parameter, Pattern, PatternElement } from "../../src/frontend/syntax/ast.js";

export interface Signature {
  /** Where it is imported from. */
  readonly from: string;
  readonly name: string;
  /** `linear(x, size, { bias = true, init?, per? })` */
  readonly call: string;
}

export function signatures(): Signature[] {
  const own = [...builtins.values()].map(({ name, signature }) => ({ from: "gatefold", name, call: signature }));
  const library = libraryFiles.flatMap(({ specifier, file, exports, text }) => {
    const { values } = readModule(file, text);
    return exports.map((name) => {
      const value = values.get(name);
      if (value?.kind !== "function") throw new Error(`${name} of ${specifier} is no function`);
      return { from: specifier, name, call: callOf(value.function, text) };
    });
  });
  return [...own, ...library];
}

function callOf({ name, parameters }: FunctionSyntax, text: string): string {
  return `${name}(${parameters.map((parameter) => parameterText(parameter, text)).join(", ")})`;
}

/** A parameter that is a record shows its keys: with what holds where they are not given, or a question mark. */
function parameterText({ pattern, initial, optional, span }: Parameter, text: string): string {
  if (pattern.kind !== "object") return elementText({ pattern, ...(initial === undefined ? {} : { initial }) }, text, optional);
  const own = text.slice(span.start, span.end);
  const keys = pattern.properties.map((property) => {
    const mark = new RegExp(`\\b${property.key}(\\??):(?! \\w+ =)`);
    // Where the parameter's own type does not say it, an alias beside it does.
    const mayBeAbsent = (mark.exec(own.slice(own.indexOf("}"))) ?? mark.exec(text))?.[1] === "?";
    return elementText({ ...property, pattern: { ...property, kind: "name", name: property.key } as Pattern }, text, mayBeAbsent);
  });
  return `{ ${[...keys, ...(pattern.rest?.kind === "name" ? [`...${pattern.rest.name}`] : [])].join(", ")} }`;
}

function elementText({ pattern, initial }: PatternElement, text: string, optional: boolean): string {
  const name = pattern.kind === "name" ? pattern.name : "...";
  if (initial === undefined) return optional ? `${name}?` : name;
  return `${name} = ${text.slice(initial.span.start, initial.span.end)}`;
}
