/** A generated module in Node: imported, required, in projects of either kind of modules, and in a worker. */
import { copyFileSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { missing, toolPath } from "../../scripts/machine/tools.js";
import { projectRoot } from "../architecture/source-tree.js";
import { describeNeeding } from "../support/needs.js";
import { canRequire, expectSame, nodeResult, type Result, run, sampleFolder } from "./sample.js";

const folder = sampleFolder();
let expected: Result;
beforeAll(() => {
  expected = nodeResult(folder);
}, 60_000);

describe("in a project of ES modules", () => {
  test("import() from CommonJS", () => expectSame(JSON.parse(run(folder, process.execPath, "imported.cjs")), expected));
  test("a worker thread", () => expectSame(JSON.parse(run(folder, process.execPath, "node-worker.js")), expected));
  test("require, where Node can require ES modules", () => {
    if (canRequire) expectSame(JSON.parse(run(folder, process.execPath, "required.cjs")), expected);
    else expect(() => run(folder, process.execPath, "required.cjs")).toThrow("ERR_REQUIRE_ESM");
  });
});

// The engines that package.json allows begin with 20.0, which could not yet require ES modules.
describe.each(["oldest node", "newest node"] as const)("in the %s", (name) => {
  describeNeeding("that package.json allows", missing(name), () => {
    const node = toolPath(name);
    test("imported", () => expectSame(JSON.parse(run(folder, node, "main.js")), expected));
    test("import() from CommonJS", () => expectSame(JSON.parse(run(folder, node, "imported.cjs")), expected));
    test("a worker thread", () => expectSame(JSON.parse(run(folder, node, "node-worker.js")), expected));
    test("require", () => {
      if (name === "newest node") expectSame(JSON.parse(run(folder, node, "required.cjs")), expected);
      else expect(() => run(folder, node, "required.cjs")).toThrow("ERR_REQUIRE_ESM");
    });
    test("it is the version that it is called", () => {
      const { engines } = JSON.parse(readFileSync(path.join(projectRoot, "package.json"), "utf8")) as { readonly engines: { readonly node: string } };
      const [major = 0, ...rest] = run(folder, node, "--version").trim().slice(1).split(".").map(Number);
      if (name === "oldest node") expect([`>=${major}`, ...rest]).toEqual([engines.node, 0, 0]);
      else expect(major).toBeGreaterThanOrEqual(Number(process.versions.node.split(".")[0]));
    });
  });
});

// As `npm init` makes one.
describe("in a project of CommonJS", () => {
  const project = sampleFolder("mjs");
  beforeAll(() => {
    rmSync(path.join(project, "package.json"));
    writeFileSync(path.join(project, "package.json"), '{ "private": true, "type": "commonjs" }\n');
    renameSync(path.join(project, "exercise.js"), path.join(project, "exercise.mjs"));
  });
  const program = (loads: (file: string) => string): string =>
    `(async () => { const { exercise } = ${loads("./exercise.mjs")}; console.log(JSON.stringify(exercise(${loads("./sample.mjs")}))); })();\n`;

  test("a module .mjs is imported", () => {
    writeFileSync(path.join(project, "import.js"), program((file) => `await import("${file}")`));
    expectSame(JSON.parse(run(project, process.execPath, "import.js")), expected);
  });

  test("a module .mjs is required, where Node can require ES modules", () => {
    writeFileSync(path.join(project, "require.js"), program((file) => `require("${file}")`));
    if (canRequire) expectSame(JSON.parse(run(project, process.execPath, "require.js")), expected);
    else expect(() => run(project, process.execPath, "require.js")).toThrow("ERR_REQUIRE_ESM");
  });

  test("a module .js is not taken for one: that is what .mjs is for", () => {
    mkdirSync(path.join(project, "js"));
    copyFileSync(path.join(folder, "sample.js"), path.join(project, "js/sample.js"));
    writeFileSync(path.join(project, "js/import.js"), 'import("./sample.js").catch((error) => console.log(error.name));\n');
    expect(run(project, process.execPath, "js/import.js")).toBe("SyntaxError\n");
  });
});
