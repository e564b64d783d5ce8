/** Compiles a model and imports the module that it makes as what it is: a module, in which `await` is a reserved word. */
import { ts } from "ts-morph";
import { expect } from "vitest";
import { compile, type CompileOptions } from "../../src/compile.js";
import { formatDiagnostics } from "../../src/support/diagnostic-format.js";
import type { RunningModule } from "../backends/js/run-module.js";

const words = "linear scan map tanh zeros param range length sum at embedding sample";

export function withWords(text: string): string {
  const used = words.split(" ").filter((word) => new RegExp(`\\b${word}\\(`).test(text) && !text.includes(`function ${word}(`));
  return `import { ${[...used, "type Vec", "type Real", "type Seq", "type Id"].join(", ")} } from "gatefold";\n${text}`;
}

export async function importModule(text: string, options: CompileOptions = {}): Promise<RunningModule> {
  const { files, diagnostics, sources } = compile({ file: "net.model.ts", text: withWords(text) }, options);
  expect(formatDiagnostics(diagnostics, sources, { color: false })).toBe("");
  const [code, types] = files;
  if (code === undefined || types === undefined) throw new Error("nothing was made");
  expect(syntaxErrors(types.text)).toEqual([]);
  return (await import(/* @vite-ignore */ `data:text/javascript;base64,${Buffer.from(code.text).toString("base64")}`)) as RunningModule;
}

function syntaxErrors(text: string): string[] {
  const source = ts.createSourceFile("net.d.ts", text, ts.ScriptTarget.ES2022) as unknown as { readonly parseDiagnostics: readonly { readonly messageText: unknown }[] };
  return source.parseDiagnostics.map(({ messageText }) => JSON.stringify(messageText));
}
