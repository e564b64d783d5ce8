/** The examples: they compile, they type-check, and the one with weights set by hand counts brackets as a program would. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { bracketWeights, interpret, textIds } from "../../scripts/start/brackets.js";
import { compileFile } from "../../src/cli/node.js";
import { formatDiagnostics } from "../../src/support/diagnostic-format.js";
import { defined } from "../../src/support/invariant.js";
import { projectRoot } from "../architecture/source-tree.js";
import { checkProperty } from "../support/property.js";

const folders = ["examples", "scripts/models"];
const files = folders.flatMap((folder) => readdirSync(path.join(projectRoot, folder)).filter((file) => file.endsWith(".model.ts")).map((file) => `${folder}/${file}`));

test("there are some", () => {
  expect(files.length).toBeGreaterThanOrEqual(7);
});

test.each(files)("%s compiles without a word", async (file) => {
  const { files: made, diagnostics, sources, report } = await compileFile(file, { cwd: projectRoot, debug: { verifyBetweenPasses: true } });
  expect(formatDiagnostics(diagnostics, sources, { color: false })).toBe("");
  expect(made).toHaveLength(2);
  expect(report.models.length).toBeGreaterThan(0);
});

test("all of them type-check", () => {
  const folder = mkdtempSync(path.join(tmpdir(), "gatefold-examples-"));
  try {
    const compilerOptions = {
      strict: true, noEmit: true, noUncheckedIndexedAccess: true, exactOptionalPropertyTypes: true, noUnusedLocals: true, verbatimModuleSyntax: true, module: "preserve", target: "es2022", types: [],
      paths: { gatefold: [path.join(projectRoot, "src/frontend/language/gatefold.d.ts")] },
    };
    writeFileSync(path.join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, files: files.map((file) => path.join(projectRoot, file)) }));
    expect(execFileSync(process.execPath, [path.join(projectRoot, "node_modules/typescript/bin/tsc"), "-p", folder], { encoding: "utf8" })).toBe("");
  } finally {
    rmSync(folder, { recursive: true });
  }
});

describe("the brackets", async () => {
  const { files } = await compileFile("examples/brackets.model.ts", { cwd: projectRoot });
  const code = defined(files.find(({ path }) => path.endsWith(".js")), "the module");
  const module = (await import(/* @vite-ignore */ `data:text/javascript;base64,${Buffer.from(code.text).toString("base64")}`)) as {
    load(weights: object): { run(inputs: object): { readonly depth: Float32Array; readonly fault: Float32Array } };
  };
  const net = module.load(Object.fromEntries(Object.entries(bracketWeights()).map(([name, { data }]) => [name, data])));
  const read = (text: string) => {
    const { depth, fault } = net.run({ text: textIds(text) });
    return interpret(text, depth, fault);
  };

  test("that match are no fault", () => {
    expect(read("f(a[1], { b: () => c })")).toEqual({ deepest: { depth: 3, line: 1, text: "f(a[1], { b: () => c })" }, faults: [] });
  });

  test.each([
    ["a)", '1:2 ")" closes nothing'],
    ["(a]", '1:3 "]" closes the "(" of line 1'],
    ["a\n  {", '2:3 "{" is never closed'],
  ])("that don't are: %j", (text, fault) => {
    expect(read(text).faults.map(({ line, column, what }) => `${line}:${column} ${what}`)).toEqual([fault]);
  });

  test("are counted as a stack would, in any text", () => {
    const text = fc.string({ unit: fc.constantFrom(..."()[]{}x\n"), minLength: 1, maxLength: 200 });
    checkProperty(100, text, (each) => {
      const stack: string[] = [];
      let faults = 0;
      for (const character of each) {
        if ("([{".includes(character)) stack.push(character);
        if (!")]}".includes(character)) continue;
        const open = stack.pop();
        if (open === undefined || "([{".indexOf(open) !== ")]}".indexOf(character)) faults += 1;
      }
      // The net's stack is 32 deep; deeper text is not its business.
      fc.pre(Math.max(...depths(each)) <= 32);
      expect(read(each).faults).toHaveLength(faults + stack.length);
    });
  });
});

function depths(text: string): number[] {
  let depth = 0;
  return [...text].map((character) => (depth = Math.max(0, depth + ("([{".includes(character) ? 1 : ")]}".includes(character) ? -1 : 0))));
}
