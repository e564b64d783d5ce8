/** The package in other engines, and in bundles: compiled models are the same bytes wherever they were compiled. */
import { cpSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Browser } from "playwright-core";
import { missing, toolPath } from "../../scripts/machine/tools.js";
import { projectRoot } from "../architecture/source-tree.js";
import { describeNeeding } from "../support/needs.js";
import { resultsOf, serve, type Server, startBrowser } from "./browser.js";
import { installedProject } from "./installed.js";
import { run } from "./sample.js";
import { viteBuild } from "./vite.js";

let app = "";
const model = path.join(projectRoot, "test/package/consumer/sample.model.ts");
/** Compiles the sample and gives the text of its files. */
const compiling = (source: string): string => `import { compile } from "gatefold";

const { files, diagnostics } = compile({ file: "sample.model.ts", text: ${source} });
export const result = { files, diagnostics };
`;
const inNode = `import { result } from "./compiling.js";
console.log(JSON.stringify(result));
`;
let expected: { readonly files: readonly { readonly text: string }[]; readonly diagnostics: readonly unknown[] };

beforeAll(() => {
  ({ app } = installedProject());
  cpSync(model, path.join(app, "sample.model.ts"));
  writeFileSync(path.join(app, "compiling.js"), compiling(JSON.stringify(readFileSync(model, "utf8"))));
  writeFileSync(path.join(app, "main.js"), inNode);
  expected = JSON.parse(run(app, process.execPath, "main.js")) as typeof expected;
  expect(expected).toMatchObject({ files: [{ path: "sample.js" }, { path: "sample.d.ts" }], diagnostics: [] });
  expect(expected.files[0]?.text.length).toBeGreaterThan(10_000);
}, 120_000);

describe.each(["oldest node", "newest node"] as const)("in the %s", (name) => {
  describeNeeding("that package.json allows", missing(name), () => {
    const node = toolPath(name);
    test("it compiles", () => expect(JSON.parse(run(app, node, "main.js"))).toEqual(expected));
    test("so does the command", () => {
      const out = `by ${name}`;
      expect(run(app, node, "node_modules/gatefold/dist/cli/main.js", "compile", "sample.model.ts", "--out", out)).toContain(`${out}/sample.js`);
      expect(readFileSync(path.join(app, out, "sample.js"), "utf8")).toBe(expected.files[0]?.text);
    });
  });
});

describeNeeding("in Bun", missing("bun"), () => {
  const bun = toolPath("bun");
  test("it compiles", () => expect(JSON.parse(run(app, bun, "main.js"))).toEqual(expected));
  test("so does the command", () => {
    expect(run(app, bun, "node_modules/gatefold/dist/cli/main.js", "compile", "sample.model.ts", "--out", "by-bun")).toContain("by-bun/sample.js");
    expect(readFileSync(path.join(app, "by-bun/sample.js"), "utf8")).toBe(expected.files[0]?.text);
  });
});

describeNeeding("in Deno", missing("deno"), () => {
  const deno = toolPath("deno");
  const permissions = ["--no-prompt", "--no-remote", "--allow-read", "--allow-env"];
  test("it compiles", () => expect(JSON.parse(run(app, deno, "run", ...permissions, "main.js"))).toEqual(expected));
  test("its types are found, in programs and in model files", () => {
    writeFileSync(path.join(app, "program.ts"), 'import { compile, type Compilation } from "gatefold";\nexport const compilation: Compilation = compile({ file: "a.model.ts", text: "" });\n');
    expect(run(app, deno, "check", "--no-remote", "program.ts", "sample.model.ts")).toBe("");
    writeFileSync(path.join(app, "program.ts"), 'import { compile } from "gatefold";\nexport const compilation: number = compile({ file: "a.model.ts", text: "" });\n');
    expect(() => run(app, deno, "check", "--no-remote", "program.ts")).toThrow("'Compilation' is not assignable");
  });
  test("so does the command", () => {
    expect(run(app, deno, "run", ...permissions, "--allow-write=by-deno", "node_modules/gatefold/dist/cli/main.js", "compile", "sample.model.ts", "--out", "by-deno")).toContain("by-deno/sample.js");
    expect(readFileSync(path.join(app, "by-deno/sample.js"), "utf8")).toBe(expected.files[0]?.text);
  });
});

describe("built by Vite", () => {
  test("a program that makes graphs is not burdened with the parser of TypeScript", () => {
    writeFileSync(path.join(app, "graphs.js"), 'import { GraphBuilder } from "gatefold";\nconsole.log(new GraphBuilder().constant(1).op);\n');
    writeFileSync(path.join(app, "vite.config.js"), 'export default { build: { outDir: "built", lib: { entry: "graphs.js", formats: ["es"], fileName: "graphs" } } };\n');
    expect(viteBuild(app)).toBe("");
    expect(readdirSync(path.join(app, "built"))).toEqual(["graphs.js"]);
    expect(statSync(path.join(app, "built/graphs.js")).size).toBeLessThan(100_000);
    expect(run(app, process.execPath, "built/graphs.js")).toBe("constant\n");
  });
});

describeNeeding("in a browser", missing("chromium"), () => {
  let browser: Browser | undefined;
  let server: Server | undefined;
  afterAll(async () => {
    await Promise.all([browser?.close(), server?.close()]);
  });

  test("it compiles, built by Vite, under a policy that forbids to run text", async () => {
    writeFileSync(path.join(app, "page.html"), '<!doctype html>\n<meta charset="utf-8">\n<link rel="icon" href="data:,">\n<script type="module" src="./page.js"></script>\n');
    writeFileSync(path.join(app, "page.js"), 'import { result } from "./compiling.js";\nglobalThis.results = result;\n');
    writeFileSync(path.join(app, "vite.config.js"), 'export default { build: { outDir: "pages", chunkSizeWarningLimit: 10_000, rolldownOptions: { input: ["page.html"] } } };\n');
    viteBuild(app);
    [server, browser] = await Promise.all([serve(path.join(app, "pages")), startBrowser()]);
    expect(await resultsOf(browser, `${server.address}/page.html`)).toEqual(expected);
  }, 60_000);
});
