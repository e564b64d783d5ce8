/** Reading models in tests: from files on disk, or from text. */
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { readModels, type ReadOptions, type ReadResult, type SourceHost } from "../../src/frontend/index.js";
import type { Graph, NodeOf } from "../../src/ir/graph/node.js";
import { graphNodes } from "../../src/ir/graph/traverse.js";
import { outputType, typeText, type ValueType } from "../../src/ir/graph/types.js";
import { formatDiagnostics } from "../../src/support/diagnostic-format.js";

export const diskHost: SourceHost = {
  resolve(specifier, from) {
    const file = path.resolve(path.dirname(from), specifier);
    return existsSync(file) ? { file, text: readFileSync(file, "utf8") } : undefined;
  },
};

export function readFile(file: string, options: ReadOptions = {}): ReadResult {
  return readModels({ file, text: readFileSync(file, "utf8") }, diskHost, options);
}

/** The names of the language that a text mentions are imported for it. */
export function readText(text: string, options: ReadOptions = {}, others: Readonly<Record<string, string>> = {}): ReadResult {
  const host: SourceHost = {
    resolve(specifier) {
      const file = specifier.replace(/^\.\//, "");
      const found = Object.hasOwn(others, file) ? others[file] : undefined;
      return found === undefined ? undefined : { file, text: withImports(found) };
    },
  };
  return readModels({ file: "m.model.ts", text: withImports(text) }, host, options);
}

const names = `Tensor Vec Real Id Int Seq Init param uniform normal glorot orthogonal scan map at slice first last reverse length position range dim
rename dot pick zeros indices size classes concat split top sum mean max min softmax logSoftmax logSumExp argmax sample random exp log log1p sqrt
abs sin cos tanh sigmoid erf relu softplus silu gelu floor real stopGradient linear embedding oneHot layerNorm dropout crossEntropy sign clamp`.split(/\s+/);

/** Puts one line in front, so that the lines of the text keep their order. */
export function withImports(text: string): string {
  if (text.includes(`from "gatefold"`)) return text;
  const used = names.filter((name) => new RegExp(`\\b${name}\\b`).test(text) && !new RegExp(`(const|function|type|let) ${name}\\b|import .*\\b${name}\\b`).test(text));
  return used.length === 0 ? text : `import { ${used.join(", ")} } from "gatefold";\n${text}`;
}

export function show(result: ReadResult): string {
  return formatDiagnostics(result.diagnostics, result.sources, { color: false });
}

/** The one model of a text; what is wrong with it is the test's failure. */
export function only(text: string, options: ReadOptions = {}): Graph {
  const result = readText(text, options);
  const [model] = result.models;
  if (result.diagnostics.length > 0 || model === undefined) throw new Error(show(result) || "there is no model");
  return model.graph;
}

export function parameters(graph: Graph): NodeOf<"param">[] {
  return graphNodes(graph).filter((node) => node.op === "param");
}

/** `encoder.weight[8,4]` of each parameter, dimensions of `per` in front, sorted. */
export function parameterTexts(graph: Graph): string[] {
  return parameters(graph).map(({ attributes: { name, per, shape } }) => `${name}[${[...per.map((dim) => dim.length.constant), ...shape].join(",")}]`).sort();
}

/** Types as the language's notes write them: `{time,source}[1]int`, lengths only where they are fixed. */
export function plainType(type: ValueType): string {
  return typeText(type).replaceAll(", ", ",").replace(/:(?!\d+[,}])[^,}]*(?:\([^}]*\))?[^,}]*/g, "");
}

export function outputTexts(graph: Graph): Record<string, string> {
  return Object.fromEntries(graph.outputs.map((output) => [output.name, plainType(outputType(output))]));
}

const page = readFileSync(fileURLToPath(new URL("../../docs/language.md", import.meta.url)), "utf8");

/** The cells of the rows of the tables of docs/language.md; a bar inside a cell is written `\\|`. */
export const languageRows: readonly (readonly string[])[] = page.split("\n").filter((line) => line.startsWith("| ")).map((line) => line.slice(1, -1).split(/(?<!\\)\|/).map((cell) => cell.trim().replaceAll("\\|", "|")));

/** Its table of forms: what it is about, what is accepted, what is refused, with which diagnostic. */
export const languageForms = languageRows.filter((row) => row.length === 4 && row[0] !== "form" && row[0]?.startsWith("---") !== true);

/** The code of a cell as a whole file. */
export function fileOfCell(cell: string): string {
  const code = /^(`+)(.*)\1$/.exec(cell)?.[2] ?? "";
  if (/\b(export|import)\b/.test(code)) return code.replace(/;\s*export/, ";\nexport");
  return `export function f(x: Vec<8>, xs: Seq<"time", Vec<8>>, id: Id<9>) { ${code} }`;
}
