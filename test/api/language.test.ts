/** The words of the model language, as the package exports them. */
import { readFileSync } from "node:fs";
import path from "node:path";
import { Project, SyntaxKind } from "ts-morph";
import { expect, test } from "vitest";
import * as gatefold from "../../src/index.js";
import * as words from "../../src/frontend/language/words.js";
import { projectRoot } from "../architecture/source-tree.js";

/** The names of values that the declarations of the language export. */
function declaredWords(): string[] {
  const project = new Project({ useInMemoryFileSystem: true });
  const text = readFileSync(path.join(projectRoot, "src/frontend/language/gatefold.d.ts"), "utf8");
  const file = project.createSourceFile("gatefold.d.ts", text);
  const functions = file.getFunctions().map((declaration) => declaration.getNameOrThrow());
  const consts = file.getDescendantsOfKind(SyntaxKind.VariableDeclaration).map((declaration) => declaration.getName());
  return [...new Set([...functions, ...consts])].filter((name) => name !== "kind").sort();
}

test("every word that is declared is there at run time, and no other", () => {
  expect(Object.keys(words).sort()).toEqual(declaredWords());
});

test("the package exports each of them, whatever else it exports", () => {
  for (const [name, value] of Object.entries(words)) expect(Object.entries(gatefold).find(([key]) => key === name)?.[1], name).toBe(value);
});

test("one that is called says that a model is compiled, not run", () => {
  expect(() => gatefold.zeros(3)).toThrow(/zeros is a word of Gatefold's model language.*gatefold compile/);
});
