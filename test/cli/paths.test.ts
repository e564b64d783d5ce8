/** Paths: folders with spaces and signs, and the rules of Windows, which any system can be asked for. */
import { spawnSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { hostOf, importCandidates, nameOf } from "../../src/cli/paths.js";
import { compile, formatDiagnostics } from "../../src/index.js";
import { projectRoot } from "../architecture/source-tree.js";
import { brokenModel, netModel, workplace } from "./cli.js";

const { posix, win32 } = path;

describe("what messages call a file", () => {
  test.each([
    ["net.model.ts", "/home/me", "net.model.ts"],
    ["nets/net.model.ts", "/home/me", "nets/net.model.ts"],
    ["/home/me/my nets/net.model.ts", "/home/me", "my nets/net.model.ts"],
    ["../net.model.ts", "/home/me", "../net.model.ts"],
    // A backslash is a letter like any other here.
    ["a\\b.model.ts", "/home/me", "a\\b.model.ts"],
  ])("%s in %s", (file, cwd, name) => expect(nameOf(file, cwd, posix)).toBe(name));

  test.each([
    ["net.model.ts", "C:\\Users\\me", "net.model.ts"],
    ["nets\\net.model.ts", "C:\\Users\\me", "nets/net.model.ts"],
    ["nets/net.model.ts", "C:\\Users\\me", "nets/net.model.ts"],
    [".\\my nets\\net.model.ts", "C:\\Users\\me", "my nets/net.model.ts"],
    ["..\\net.model.ts", "C:\\Users\\me", "../net.model.ts"],
    ["c:\\users\\ME\\net.model.ts", "C:\\Users\\me", "net.model.ts"],
    ["D:\\nets\\net.model.ts", "C:\\Users\\me", "D:/nets/net.model.ts"],
    ["\\nets\\net.model.ts", "C:\\Users\\me", "../../nets/net.model.ts"],
    ["\\\\server\\share\\net.model.ts", "C:\\Users\\me", "//server/share/net.model.ts"],
    ["nets\\net.model.ts", "\\\\server\\share\\me", "nets/net.model.ts"],
    ["C:\\nets\\net.model.ts", "\\\\server\\share\\me", "C:/nets/net.model.ts"],
  ])("%s in %s", (file, cwd, name) => expect(nameOf(file, cwd, win32)).toBe(name));
});

describe("which files an import may mean", () => {
  test.each([
    ["./cell.model.js", "net.model.ts", "C:\\Users\\me", "C:\\Users\\me\\cell.model.ts"],
    ["../cells/cell.model.js", "nets/net.model.ts", "C:\\Users\\me", "C:\\Users\\me\\cells\\cell.model.ts"],
    ["./cell.model.ts", "D:/nets/net.model.ts", "C:\\Users\\me", "D:\\nets\\cell.model.ts"],
    ["./cell.model", "//server/share/net.model.ts", "C:\\Users\\me", "\\\\server\\share\\cell.model.ts"],
    ["./cell.model.js", "nets/net.model.ts", "\\\\server\\share", "\\\\server\\share\\nets\\cell.model.ts"],
  ])("on Windows, %s of %s in %s", (specifier, from, cwd, file) => expect(importCandidates(specifier, from, cwd, win32)).toContain(file));

  test.each(["C:\\cell.model.js", "\\\\server\\share\\cell.model.js", "/cell.model.js", "cell.model.js", ".\\cell.model.js", "file:///C:/cell.model.js"])("none for %s, which is not relative", (specifier) => {
    expect(importCandidates(specifier, "net.model.ts", "C:\\Users\\me", win32)).toEqual([]);
  });

  test.each(["./secret.txt", "./secret", "./cell.model.json"])("none but model files: %s", (specifier) => {
    for (const paths of [posix, win32]) expect(importCandidates(specifier, "net.model.ts", paths.resolve("."), paths).filter((file) => !file.endsWith(".model.ts"))).toEqual([]);
  });
});

describe("a project as Windows sees it", () => {
  const main = 'import { type Vec } from "gatefold";\nimport { half } from "../cells/half.model.js";\nexport function main(x: Vec<2>) {\n  return { y: half(x) };\n}\n';
  const half = 'import { type Tensor } from "gatefold";\nimport { two } from "./two.model.js";\nexport function half(x: Tensor) {\n  return x / two;\n}\n';
  test.each([
    ["on one drive", "C:\\my work", "C:\\my work"],
    ["on another drive", "C:\\Users\\me", "D:\\my work"],
    ["on a server", "C:\\Users\\me", "\\\\server\\share\\my work"],
  ])("%s", (_, cwd, folder) => {
    const files = new Map([
      [win32.join(folder, "nets\\main.model.ts"), main],
      [win32.join(folder, "cells\\half.model.ts"), half],
      [win32.join(folder, "cells\\two.model.ts"), "export const two = 2;\n"],
    ]);
    const host = hostOf(cwd, win32, (file) => files.get(file));
    const file = nameOf(win32.join(folder, "nets\\main.model.ts"), cwd, win32);
    const compiled = compile({ file, text: main, host });
    expect(formatDiagnostics(compiled.diagnostics, compiled.sources, { color: false })).toBe("");
    expect(compiled.files.map((each) => each.path)).toEqual(["main.js", "main.d.ts"]);
    // The module tells nothing of where it was made.
    for (const { text } of compiled.files) expect(text).not.toMatch(/my work|[CD]:|server/);
    // Another system makes the same bytes of the same project.
    const there = hostOf("/work", posix, (each) => files.get(win32.join(folder, posix.relative("/work", each))));
    expect(compile({ file: "nets/main.model.ts", text: main, host: there }).files).toEqual(compiled.files);
    // A mistake in an imported file is shown where it is, with slashes forward.
    files.set(win32.join(folder, "cells\\half.model.ts"), half.replace("x / two", "x / three"));
    const { diagnostics } = compile({ file, text: main, host });
    expect(diagnostics[0]?.span?.file).toBe(nameOf(win32.join(folder, "cells\\half.model.ts"), cwd, win32));
    expect(diagnostics[0]?.span?.file).not.toContain("\\");
  });

  test("a module is called as its model file is, whichever slashes lead to it", () => {
    const paths = ["C:\\nets\\main.model.ts", "C:/nets/main.model.ts", "nets\\main.model.ts"].map((file) => compile({ file, text: main.replace(/import \{ half.*\n/, "").replace("half(x)", "x") }).files[0]?.path);
    expect(paths).toEqual(["main.js", "main.js", "main.js"]);
  });
});

test("folders with spaces and signs, as a process", async () => {
  const odd = "my nets (1) #2 %20 é&'x";
  const place = workplace({ [`${odd}/net.model.ts`]: netModel, [`${odd}/broken.model.ts`]: brokenModel, [`${odd}/weights & inputs.json`]: '{"x":[1,2]}' });
  const cwd = path.join(place.folder, odd);
  mkdirSync(path.join(cwd, "deeper still"));
  const command = (folder: string, ...args: string[]) =>
    spawnSync(process.execPath, ["--import", path.join(projectRoot, "node_modules/tsx/dist/esm/index.mjs"), path.join(projectRoot, "src/cli/main.ts"), ...args], { cwd: folder, encoding: "utf8" });
  expect(command(cwd, "compile", "net.model.ts", "--out", "made here")).toMatchObject({ status: 0, stderr: "", stdout: expect.stringContaining("made here/net.js  ") as string });
  expect(command(place.folder, "compile", path.join(odd, "net.model.ts"), "--out", path.join(odd, "deeper still"))).toMatchObject({ status: 0, stdout: expect.stringContaining(`${odd}/deeper still/net.js  `) as string });
  expect(command(cwd, "run", "net.model.ts", "-m", "twice", "--inputs", "weights & inputs.json")).toMatchObject({ status: 0, stdout: '{"y":[2,4]}\n' });
  expect(command(place.folder, "check", path.join(odd, "broken.model.ts")).stderr).toContain(`${odd}/broken.model.ts:4:`);
}, 60_000);
