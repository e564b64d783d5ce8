/**
 * The language's types under the stock compiler: models type-check with every strict option, and what the types are meant
 * to catch is caught (each such line is marked with @ts-expect-error, so a line that passes is a failure).
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { describeShared } from "../support/shared.js";

const root = fileURLToPath(new URL("../..", import.meta.url));
const tsc = path.join(path.dirname(createRequire(import.meta.url).resolve("typescript/package.json")), "bin", "tsc");

/** What a careful author's tsconfig.json may ask for. */
const strictest = {
  strict: true, noEmit: true, noUncheckedIndexedAccess: true, exactOptionalPropertyTypes: true, noUnusedLocals: true, noUnusedParameters: true,
  noImplicitReturns: true, noFallthroughCasesInSwitch: true, verbatimModuleSyntax: true, isolatedModules: true, module: "preserve", target: "es2022", types: [],
};

/** What tsc says of the files; nothing if it has no complaint. */
function typeCheck(...files: string[]): string {
  const folder = mkdtempSync(path.join(tmpdir(), "gatefold-types-"));
  try {
    const paths = { gatefold: [path.join(root, "src/frontend/language/gatefold.d.ts")] };
    writeFileSync(path.join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions: { ...strictest, paths }, include: files }));
    execFileSync(process.execPath, [tsc, "-p", folder], { encoding: "utf8", stdio: "pipe" });
    return "";
  } catch (thrown) {
    return String((thrown as { stdout?: unknown }).stdout ?? thrown);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test("the library of model files type-checks", () => {
  expect(typeCheck(path.join(root, "src/frontend/library/*.model.ts"))).toBe("");
});

test("a wrong model does not (the check sees something)", () => {
  const folder = mkdtempSync(path.join(tmpdir(), "gatefold-types-"));
  const file = path.join(folder, "wrong.model.ts");
  writeFileSync(file, `import { linear, type Id } from "gatefold";\nexport const f = (id: Id<9>) => linear(id, 8);\n`);
  expect(typeCheck(file)).toContain("wrong.model.ts");
  rmSync(folder, { recursive: true });
});

describeShared("the models of the language type-check", "language", (directory) => {
  test("models", () => {
    expect(typeCheck(path.join(directory, "models/*.model.ts"))).toBe("");
  });
  test("what the types catch", () => {
    expect(typeCheck(path.join(directory, "errors/caught.ts"))).toBe("");
  });
});
