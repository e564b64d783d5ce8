/**
 * The package as others get it: packed, installed into a project somewhere else, type-checked there under the two ways of
 * finding modules that projects use, called, and left behind by the module that it made.
 */
import { cpSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { version } from "../../src/support/version.js";
import { projectRoot } from "../architecture/source-tree.js";
import { installedProject } from "./installed.js";
import { canRequire, run } from "./sample.js";

const tsc = path.join(projectRoot, "node_modules/typescript/bin/tsc");
let app = "";
let alone = "";

const model = `import { linear, scan, tanh, zeros, type Seq, type Vec } from "gatefold";

export function net(xs: Seq<"time", Vec<3>>) {
  const { h } = scan(xs, { h: zeros(4) }, (x, { h }) => ({ h: tanh(linear(x, 4) + linear(h, 4, { bias: false })) }));
  return { y: linear(h, 2) };
}
`;

/** A model that takes its cell from the library. */
const torchModel = `import { linear, type Seq, type Vec } from "gatefold";
import { lstm } from "gatefold/torch";

export function tagger(frames: Seq<"time", Vec<4>>) {
  const layer = lstm(frames, { hiddenSize: 3, bidirectional: true });
  return { y: linear(layer.output, 2) };
}
`;

const program = `import { compile, formatDiagnostics, initialWeights, GraphBuilder, type Compilation } from "gatefold";
import { compileFile } from "gatefold/node";

const fromFile: Compilation = await compileFile("net.model.ts");
const [report] = fromFile.report.models;
if (report === undefined) throw new Error(formatDiagnostics(fromFile.diagnostics, fromFile.sources, { color: false }));
const weights: Record<string, Float32Array> = initialWeights(report, 1);
const wrong = compile({ file: "wrong.model.ts", text: "export const x = ;" });
const builder = new GraphBuilder();
console.log(Object.keys(weights).length, wrong.files.length, wrong.diagnostics.length > 0, builder.constant(1).op);
`;

/** The same as CommonJS: TypeScript allows it where Node does. */
const required = `import gatefold = require("gatefold");
import node = require("gatefold/node");

async function main(): Promise<void> {
  const { files, report }: gatefold.Compilation = await node.compileFile("net.model.ts", { extension: "mjs" });
  console.log(files.map(({ path }) => path).join(" "), report.models.length, new gatefold.GraphBuilder().constant(1).op);
}
void main();
`;

const caller = `import { load, parameters } from "./out/net.js";

const weights = Object.fromEntries(Object.entries(parameters).map(([name, shape]) => [name, new Float32Array(shape.reduce((a: number, b: number) => a * b, 1)).fill(0.5)]));
const model = load(weights);
const { y } = model.run({ xs: [[1, 2, 3], [4, 5, 6]] });
const kind: Float32Array = y;
const stream = model.stream();
const steps = [stream.step({ xs: [1, 2, 3] }).y[0], stream.step({ xs: [4, 5, 6] }).y[0]];
console.log(kind.length, steps[0] === y[0], Math.abs((steps[1] ?? 0) - (y[2] ?? 0)) < 1e-6);
`;

function options(module: "nodenext" | "preserve"): string {
  const moduleResolution = module === "preserve" ? "bundler" : "nodenext";
  return JSON.stringify({
    compilerOptions: { target: "es2022", lib: ["es2022"], module, moduleResolution, strict: true, noUncheckedIndexedAccess: true, exactOptionalPropertyTypes: true, verbatimModuleSyntax: true, skipLibCheck: false, noEmit: true, types: [] },
    files: ["globals.d.ts", "program.ts", "required.cts", "net.model.ts", "tagger.model.ts"],
  });
}

beforeAll(() => {
  ({ app, elsewhere: alone } = installedProject());
  writeFileSync(path.join(app, "net.model.ts"), model);
  writeFileSync(path.join(app, "tagger.model.ts"), torchModel);
  writeFileSync(path.join(app, "program.ts"), program);
  writeFileSync(path.join(app, "required.cts"), required);
  writeFileSync(path.join(app, "globals.d.ts"), "declare const console: { log(...values: unknown[]): void };\n");
}, 180_000);

describe("in a project of its own", () => {
  test.each(["nodenext", "preserve"] as const)("programs and model files type-check, module %s", (module) => {
    writeFileSync(path.join(app, "tsconfig.json"), options(module));
    expect(run(app, process.execPath, tsc, "-p", ".")).toBe("");
  });

  test("a word that a model file misuses does not type-check (the check sees something)", () => {
    writeFileSync(path.join(app, "tsconfig.json"), options("nodenext").replace("net.model.ts", "bad.model.ts"));
    writeFileSync(path.join(app, "bad.model.ts"), model.replace("zeros(4)", 'zeros("4")'));
    expect(() => run(app, process.execPath, tsc, "-p", ".")).toThrow(/bad\.model\.ts\(4,.*not assignable/);
  });

  test("every folder of the library can be imported, and what it exports says that a model is compiled, not run", () => {
    const folders = readdirSync(path.join(projectRoot, "src/frontend/library"), { withFileTypes: true }).filter((entry) => entry.isDirectory()).map(({ name }) => name);
    for (const name of folders) {
      writeFileSync(path.join(app, "library.js"), `import * as all from "gatefold/${name}";\nfor (const f of Object.values(all)) try { f(1, { hiddenSize: 2 }, {}); } catch (error) { console.log(error.message); }\n`);
      const said = run(app, process.execPath, "library.js").trim().split("\n");
      // A function that takes another one fails at that; all others reach a word of the language.
      expect(said.filter((line) => line.includes("a model file is compiled, not run")).length, name).toBeGreaterThan(1);
    }
  });

  test("npx gatefold checks a model that uses the library", () => {
    expect(run(app, "npx", "--no-install", "gatefold", "check", "tagger.model.ts")).toContain("1 model, tagger");
  });

  test("programs run", () => {
    const stripped = program.replace(/, type Compilation/, "").replace(": Compilation", "").replace(": Record<string, Float32Array>", "");
    writeFileSync(path.join(app, "program.js"), stripped);
    expect(run(app, process.execPath, "program.js")).toBe("5 0 true constant\n");
  });

  test("programs of CommonJS run, where Node can require ES modules", () => {
    const stripped = required.replace(/import (\w+) = require/g, "const $1 = require").replace(": Promise<void>", "").replace(": gatefold.Compilation", "");
    writeFileSync(path.join(app, "required.cjs"), stripped);
    if (canRequire) expect(run(app, process.execPath, "required.cjs")).toBe("net.mjs net.d.mts 1 constant\n");
    else expect(() => run(app, process.execPath, "required.cjs")).toThrow("ERR_REQUIRE_ESM");
  });

  test("npx gatefold makes a module that stands alone, with its types, when gatefold is gone", () => {
    expect(run(app, "npx", "--no-install", "gatefold", "compile", "net.model.ts", "--out", "out")).toContain("out/net.js");
    cpSync(path.join(app, "out"), path.join(alone, "out"), { recursive: true });
    cpSync(path.join(app, "globals.d.ts"), path.join(alone, "globals.d.ts"));
    writeFileSync(path.join(alone, "caller.ts"), caller);
    for (const module of ["nodenext", "preserve"] as const) {
      writeFileSync(path.join(alone, "tsconfig.json"), options(module).replace('"program.ts","required.cts","net.model.ts","tagger.model.ts"', '"caller.ts"'));
      expect(run(alone, process.execPath, tsc, "-p", ".")).toBe("");
    }
    // The types say something: the same program without a number is refused.
    writeFileSync(path.join(alone, "caller.ts"), caller.replace("[4, 5, 6]", '"6"'));
    expect(() => run(alone, process.execPath, tsc, "-p", ".")).toThrow(/caller\.ts\(5,.*error TS2769/);
    const stripped = caller.replace("(a: number, b: number)", "(a, b)").replace(": Float32Array", "");
    writeFileSync(path.join(alone, "caller.js"), stripped);
    expect(run(alone, process.execPath, "caller.js")).toBe("4 true true\n");
    const { stamp } = JSON.parse(run(alone, process.execPath, "--input-type=module", "-e", 'import { stamp } from "./out/net.js"; console.log(JSON.stringify({ stamp }));')) as { readonly stamp: unknown };
    expect(stamp).toMatchObject({ generator: "gatefold", version });
    for (const file of ["net.js", "net.d.ts"]) expect(readFileSync(path.join(alone, "out", file), "utf8")).toContain(`// net: made by gatefold ${version}. Do not edit.\n`);
  });
});
