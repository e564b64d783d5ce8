/** The command line itself: help, calls that make no sense, and faults of our own. */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test, vi } from "vitest";
import { version } from "../../src/support/version.js";
import { projectRoot } from "../architecture/source-tree.js";
import { netModel, workplace } from "./cli.js";

describe("help", () => {
  test("teaches with an example", async () => {
    const { status, out, err } = await workplace().run("--help");
    expect({ status, err }).toEqual({ status: 0, err: "" });
    for (const text of ["compile", "check", "inspect", "run", "Exit status", 'from "gatefold"']) expect(out).toContain(text);
  });

  test.each(["compile", "check", "inspect", "run"])("of %s has examples", async (command) => {
    const { status, out } = await workplace().run(command, "--help");
    expect(status).toBe(0);
    expect(out).toContain(`$ gatefold ${command} `);
    expect(out).not.toContain("default: ");
  });
});

test("what is mistyped is guessed", async () => {
  expect((await workplace().run("chekc", "net.model.ts")).err).toMatch(/unknown command 'chekc'\n\n {2}help: did you mean check\? /);
  expect((await workplace().run("check", "net.model.ts", "--formt", "json")).err).toContain("help: did you mean --format? ");
});

test("numbers that are none are told what they may be", async () => {
  const said = async (...args: string[]): Promise<string> => (await workplace({ "net.model.ts": netModel }).run("compile", "net.model.ts", "--out", "out", ...args)).err;
  for (const batch of ["x", "0", "1.5"]) expect(await said("--batch", batch)).toContain("It must be a whole number from 1 on, or any");
  for (const unroll of ["time=x", "time=0"]) expect(await said("--unroll", unroll)).toContain("It must be a whole number from 1 on, or all");
  expect(await said("--fixed", "time=x")).toContain("It must be a whole number from 0 on");
});

describe("a call that makes no sense ends with 2 and writes nothing", () => {
  test.each([
    ["no command", []],
    ["an unknown command", ["make"]],
    ["an unknown option", ["check", "net.model.ts", "--fast"]],
    ["no model", ["check"]],
    ["a model that is not there", ["check", "none.model.ts"]],
    ["a file that is no TypeScript", ["check", "net.onnx"]],
    ["no folder", ["compile", "net.model.ts"]],
    ["an unknown target", ["compile", "net.model.ts", "--out", "out", "--target", "cobol"]],
    ["a length without a value", ["check", "net.model.ts", "--fixed", "time"]],
    ["a length that is none", ["check", "net.model.ts", "--fixed", "time=soon"]],
    ["a length given twice", ["check", "net.model.ts", "--fixed", "time=1", "--fixed", "time=2"]],
    ["a length that the model does not have", ["check", "net.model.ts", "--fixed", "space=3"]],
    ["a scan that no model has", ["check", "net.model.ts", "--unroll", "space=all"]],
    ["a scan of free length to be written out", ["check", "net.model.ts", "--unroll", "time=all"]],
    ["a model that the file does not have", ["check", "net.model.ts", "--models", "nothing"]],
    ["a setting that no model has", ["check", "net.model.ts", "--set", "depth=3"]],
    ["a batch of none", ["compile", "net.model.ts", "--out", "out", "--batch", "0"]],
    ["two questions at once", ["inspect", "net.model.ts", "--list", "--after", "simplify"]],
  ])("%s", async (_, args) => {
    const place = workplace({ "net.model.ts": netModel });
    const { status, out, err } = await place.run(...args);
    expect({ status, out }).toEqual({ status: 2, out: "" });
    expect(err).not.toBe("");
    expect(err).not.toMatch(/^ +at /m);
    expect(place.made()).toEqual([]);
  });
});

test("a fault of ours ends with 70, asks for a report, and shows the stack only where asked", async () => {
  vi.doMock("../../src/backends/js/module.js", () => ({
    emitJs: () => {
      throw new Error("a gear is missing");
    },
  }));
  vi.resetModules();
  try {
    const { commandLine } = await import("../../src/cli/command-line.js");
    const { folder } = workplace({ "net.model.ts": netModel });
    const run = async (...args: string[]) => {
      let err = "";
      const status = await commandLine(["check", "net.model.ts", ...args], { out: () => {}, err: (text) => (err += text), color: false, cwd: folder });
      return { status, err };
    };
    const short = await run();
    expect(short.status).toBe(70);
    expect(short.err).toContain("a gear is missing");
    expect(short.err).toContain("report it");
    expect(short.err).not.toMatch(/^ +at /m);
    expect((await run("--debug")).err).toMatch(/^ +at /m);
  } finally {
    vi.doUnmock("../../src/backends/js/module.js");
    vi.resetModules();
  }
});

test("--version is that of the package", async () => {
  const manifest = JSON.parse(readFileSync(path.join(projectRoot, "package.json"), "utf8")) as { readonly version: string };
  expect(version).toBe(manifest.version);
  expect(await workplace().run("--version")).toEqual({ status: 0, out: `${version}\n`, err: "" });
});

test("as a process it ends with the same status", () => {
  const main = path.join(projectRoot, "src/cli/main.ts");
  const tsx = path.join(projectRoot, "node_modules/tsx/dist/cli.mjs");
  const run = (...args: string[]) => spawnSync(process.execPath, [tsx, main, ...args], { encoding: "utf8", cwd: projectRoot });
  expect(run("--version")).toMatchObject({ status: 0, stdout: `${version}\n` });
  expect(run("make")).toMatchObject({ status: 2, stdout: "" });
});

test("answers about itself without loading the compiler", () => {
  const script = `
    const { commandLine } = await import("./src/cli/command-line.ts");
    await commandLine(["--help"], { out() {}, err() {}, color: false, cwd: process.cwd() });
    const { createRequire } = await import("node:module");
    const loaded = Object.keys(createRequire(import.meta.url).cache);
    console.log(JSON.stringify(loaded.filter((file) => file.includes("ts-morph"))));
  `;
  const { stdout, stderr } = spawnSync(process.execPath, ["--import", "tsx", "--input-type=module", "-e", script], { encoding: "utf8", cwd: projectRoot });
  expect(stdout, stderr).toBe("[]\n");
});
