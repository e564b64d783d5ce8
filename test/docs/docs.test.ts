/**
 * Runs the documentation: every code block of README.md and of docs/ is compiled, run, or looked up in the source that it
 * quotes (see blocks.ts), and links between pages must lead somewhere.
 */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { execFileSync } from "node:child_process";
import { tmpdir } from "node:os";
import { gzipSync } from "node:zlib";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { commandLine } from "../../src/cli/command-line.js";
import { compile, type CompileOptions } from "../../src/index.js";
import { minifier } from "../../src/minify.js";
import { fixLengths } from "../../src/passes/graph/fix-lengths.js";
import { hoist } from "../../src/passes/graph/hoist.js";
import { tabulate } from "../../src/passes/graph/tabulate.js";
import { unroll } from "../../src/passes/graph/unroll.js";
import { unrollTime } from "../../src/passes/program/unroll-time.js";
import { gpuProgramPasses, jsProgramPasses, plainProgramPasses, quantisedWasmPasses } from "../../src/passes/program/pipelines.js";
import { graphPasses } from "../../src/passes/pipelines.js";
import { formatDiagnostics } from "../../src/support/diagnostic-format.js";
import { projectRoot } from "../architecture/source-tree.js";
import { missing, toolPath } from "../../scripts/machine/tools.js";
import { serve, startBrowser } from "../package/browser.js";
import { type Block, missingLine, readBlocks } from "./blocks.js";

const pages = ["README.md", ...readdirSync(path.join(projectRoot, "docs")).filter((file) => file.endsWith(".md")).sort().map((file) => `docs/${file}`)];
const manifest = JSON.parse(readFileSync(path.join(projectRoot, "package.json"), "utf8")) as { readonly scripts: Readonly<Record<string, string>> };

describe.each(pages)("%s", (page) => {
  const text = readFileSync(path.join(projectRoot, page), "utf8");
  let folder = "";
  beforeAll(() => {
    folder = mkdtempSync(path.join(tmpdir(), "gatefold-docs-"));
    // Scripts of the documentation import the package by its name.
    mkdirSync(path.join(folder, "node_modules"));
    symlinkSync(projectRoot, path.join(folder, "node_modules/gatefold"));
    writeFileSync(path.join(folder, "package.json"), '{ "type": "module" }\n');
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test("links lead somewhere", () => {
    const links = [...text.matchAll(/\]\(([^)#:]+)(?:#[^)]*)?\)/g)].map(([, link]) => link ?? "");
    expect(links.filter((link) => !existsSync(path.resolve(projectRoot, path.dirname(page), link)))).toEqual([]);
  });

  test("names no file or folder of the project that is not there", () => {
    const named = [...text.matchAll(/`((?:src|test|scripts|docs|examples|bench)\/[\w./-]*)`/g)].map(([, name]) => name ?? "");
    expect(named.filter((name) => !existsSync(path.join(projectRoot, name)))).toEqual([]);
  });

  test("its code blocks do what they say", async () => {
    let printed = "";
    for (const block of readBlocks(text)) printed = await runBlock(block, printed, folder, `${page}:${block.line}`);
  }, 120_000);
});

async function runBlock(block: Block, printed: string, folder: string, where: string): Promise<string> {
  const { language, attributes } = block;
  if (attributes["file"] !== undefined) {
    writeFileSync(path.join(folder, attributes["file"]), `${block.text}\n`);
    return printed;
  }
  if (attributes["excerpt"] !== undefined) {
    expect(missingLine(readFileSync(path.join(projectRoot, attributes["excerpt"]), "utf8"), withGaps(block.text)), where).toBeUndefined();
    return printed;
  }
  if (language === "sh") return runLines(block.text, folder, where, Number(attributes["fails"] ?? 0));
  if (attributes["page"] !== undefined) {
    if (can(where, missing("chromium"))) await expectPage(path.join(folder, attributes["page"]), block.text, where);
    return printed;
  }
  if (language === "text") {
    if (printed === untried) return printed;
    expect(missingLine(printed, block.text), `${where}: this line was not printed; what was:\n${printed}`).toBeUndefined();
    return printed;
  }
  if (language === "ts" && block.text.includes("export function")) {
    const file = `block-${block.line}.model.ts`;
    const { diagnostics, sources } = compile({ file, text: block.text });
    expect(formatDiagnostics(diagnostics, sources, { color: false }), where).toBe("");
    return printed;
  }
  throw new Error(`${where}: nothing says what is to be done with this block (see test/docs/blocks.ts)`);
}


/** Stands for what an engine would have printed that is not there. */
const untried = "(not tried)";

/** Opens a page of a site with a strict policy, and waits until it has printed this. */
async function expectPage(file: string, text: string, where: string): Promise<void> {
  const [server, browser] = await Promise.all([serve(path.dirname(file)), startBrowser()]);
  try {
    const page = await browser.newPage();
    let printed = "";
    page.on("console", (message) => (printed += `${message.text()}\n`));
    page.on("pageerror", ({ message }) => (printed += `${message}\n`));
    await page.goto(`${server.address}/${path.basename(file)}`);
    await expect.poll(() => missingLine(printed, text) ?? "", { timeout: 20_000, message: `${where}: what the page printed` }).toBe("");
  } finally {
    await Promise.all([browser.close(), server.close()]);
  }
}

/** Whether a block can be tried here; in continuous integration every block must. */
function can(where: string, missing: string | undefined): boolean {
  if (missing === undefined) return true;
  if (process.env["CI"] === "true") throw new Error(`${where}: ${missing}`);
  console.warn(`not tried: ${where}: ${missing}`);
  return false;
}

/** Every line of an excerpt may have others before it. */
function withGaps(text: string): string {
  return text.split("\n").join("\n...\n");
}

async function runLines(text: string, folder: string, where: string, expectedStatus: number): Promise<string> {
  let printed = "";
  for (const line of text.split("\n").map((each) => each.trim()).filter((each) => each !== "" && !each.startsWith("#"))) {
    const [command = "", ...args] = words(line.replace(/ {2,}#.*$/, ""));
    const at = `${where}: ${line}`;
    if (command === "npx" && args[0] === "gatefold") {
      const status = await commandLine(args.slice(1), { out: (each) => (printed += each), err: (each) => (printed += each), color: false, cwd: folder });
      expect(status, `${at}\n${printed}`).toBe(expectedStatus);
    } else if (command === "node") {
      // The package is imported as what it will be: compiled.
      printed += execFileSync(process.execPath, args, { cwd: folder, encoding: "utf8" });
    } else if (command === "bun" || command === "deno") {
      // Where it is not there, what it would print is not compared.
      printed = can(at, missing(command)) ? printed + execFileSync(toolPath(command), args, { cwd: folder, encoding: "utf8" }) : untried;
    } else if (command === "npx" && (args[0] === "tsc" || args[0] === "vite")) {
      const program = { tsc: "typescript/bin/tsc", vite: "vite/bin/vite.js" }[args[0]];
      printed += execFileSync(process.execPath, [path.join(projectRoot, "node_modules", program), ...args.slice(1)], { cwd: folder, encoding: "utf8" });
    } else if (command === "npm") {
      // What is installed or run elsewhere is only looked up; test/package installs the package for real.
      const [verb = "", script = ""] = args;
      const known = ["ci", "install", "start", "test"].includes(verb) || (verb === "run" && Object.hasOwn(manifest.scripts, script));
      expect(known, at).toBe(true);
    } else if (command === "npx" && args[0] === "vitest") {
      expect(existsSync(path.join(projectRoot, args[2] ?? "")), at).toBe(true);
    } else if (command === "npx" && args[0] === "tsx") {
      expect(existsSync(path.join(projectRoot, args[1] ?? "")), at).toBe(true);
    } else {
      throw new Error(`${at}: this command is not known`);
    }
  }
  return printed;
}

/** The words of a command line, as a shell would split them; quotes group. */
function words(line: string): string[] {
  return [...line.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)].map(([, single, double, bare]) => single ?? double ?? bare ?? "");
}

test("the module of the README's net is as small as it says", () => {
  const readme = readFileSync(path.join(projectRoot, "README.md"), "utf8");
  const bound = Number(/under (\d+) KB gzipped/.exec(readme)?.[1]);
  const block = readBlocks(readme).find(({ attributes }) => attributes["file"] === "char-rnn.model.ts");
  const { files } = compile({ file: "char-rnn.model.ts", text: block?.text ?? "" });
  const code = files.find((file) => file.path.endsWith(".js"))?.text ?? "";
  expect(code.length).toBeGreaterThan(1000);
  expect(gzipSync(code).length).toBeLessThan(bound * 1000);
});

test("docs/passes.md tells of every pass that runs", () => {
  const text = readFileSync(path.join(projectRoot, "docs/passes.md"), "utf8");
  const passes = [...graphPasses, hoist({ mode: "cost" }), tabulate(), unroll(), unrollTime({ factors: new Map() }), fixLengths({}), ...jsProgramPasses, ...quantisedWasmPasses({ quantisation: "int16" }).run, ...gpuProgramPasses, ...plainProgramPasses];
  const untold = [...new Set(passes.map(({ name }) => name))].filter((name) => !text.includes(`| \`${name}\` |`));
  expect(untold).toEqual([]);
});

test("docs/compile-api.md has every option of compile, and no other; and its names of the command line are there", async () => {
  const rows = [...readFileSync(path.join(projectRoot, "docs/compile-api.md"), "utf8").matchAll(/^\| `(\w+)` \| .* \| (.+) \|$/gm)];
  const [refusal] = compile([], { nothingNearThis: true } as CompileOptions).diagnostics;
  expect(rows.map(([, name]) => name).sort()).toEqual(refusal?.help?.replace("there are ", "").split(", ").sort());
  let help = "";
  for (const command of ["compile", "inspect"]) await commandLine([command, "--help"], { out: (each) => (help += each), err: (each) => (help += each), color: false, cwd: projectRoot });
  const flags = rows.flatMap(([, , cell = ""]) => [...cell.matchAll(/--[\w-]+/g)].map(([flag]) => flag));
  expect(flags.filter((flag) => !new RegExp(`${flag}\\b(?!-)`).test(help))).toEqual([]);
  const told = new Set([...flags, "--sample", "--out", "--format", "--debug", "--help"]);
  expect([...help.slice(0, help.indexOf("Examples")).matchAll(/^ .*?(--[\w-]+)/gm)].map(([, flag = ""]) => flag).filter((flag) => !told.has(flag))).toEqual([]);
});

test("sizes of a module of many kernels are about what docs/using-modules.md says", () => {
  const rows = [...readFileSync(path.join(projectRoot, "docs/using-modules.md"), "utf8").matchAll(/^\| (.+) \| (\d+) \(([\d.]+)\) \| (\d+) \(([\d.]+)\) \|$/gm)];
  expect(rows).toHaveLength(6);
  const source = { file: "tagger.model.ts", text: readFileSync(path.join(projectRoot, "examples/tagger.model.ts"), "utf8") };
  for (const [, choice = "", ...told] of rows) {
    const sizes = [{}, { batch: "any" }].flatMap((batch) => {
      const wasm = choice.includes("--wasm beside") ? { wasm: "beside" } : {};
      const options = { ...batch, ...wasm, ...(choice.includes("--quantize int8") ? { quantize: "int8" } : {}), relaxedSimd: !choice.includes("--no-relaxed-simd") };
      const { files } = compile(source, { models: ["tagger"], target: "wasm", minify: minifier, ...options } as CompileOptions);
      const bytes = files.filter((file) => !file.path.endsWith(".d.ts")).map((file) => file.bytes ?? Buffer.from(file.text));
      return [bytes, bytes.map((each) => gzipSync(each))].map((all) => all.reduce((sum, { length }) => sum + length, 0) / 1000);
    });
    // A pass may change them a little; what the page tells must stay true.
    sizes.forEach((size, i) => expect(Math.abs(size / Number(told[i]) - 1), `${choice}: ${sizes.join(" ")}`).toBeLessThan(0.25));
  }
});

test("docs/architecture.md names every part of src", () => {
  const text = readFileSync(path.join(projectRoot, "docs/architecture.md"), "utf8");
  const parts = readdirSync(path.join(projectRoot, "src"), { withFileTypes: true });
  // The front end's folders stand in its entry, without their path.
  const inner = parts.filter((part) => part.isDirectory()).flatMap(({ name }) => readdirSync(path.join(projectRoot, "src", name), { withFileTypes: true }).filter((each) => each.isDirectory()).map((each) => (name === "frontend" ? each.name : `src/${name}/${each.name}`)));
  expect([...parts.map(({ name }) => `src/${name}`), ...inner].filter((part) => !new RegExp(`\`${part}[\`/]`).test(text))).toEqual([]);
});
