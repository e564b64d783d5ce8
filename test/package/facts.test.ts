/** What package.json promises, and what is in the package. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { projectRoot } from "../architecture/source-tree.js";
import { pack } from "./installed.js";
import { temporaryFolder } from "./sample.js";

interface Manifest {
  readonly type: string;
  readonly sideEffects: unknown;
  readonly engines: { readonly node: string };
  readonly types: string;
  readonly bin: Readonly<Record<string, string>>;
  readonly exports: Readonly<Record<string, string | { readonly types: string; readonly default: string }>>;
}

const manifest = JSON.parse(readFileSync(path.join(projectRoot, "package.json"), "utf8")) as Manifest;
const packed = pack(temporaryFolder());
const files = packed.files.map((file) => file.path);

test("every entry of exports leads to files of the package, and its types lie beside its code", () => {
  for (const [name, target] of Object.entries(manifest.exports)) {
    const targets = typeof target === "string" ? [target] : [target.types, target.default];
    expect(files, name).toEqual(expect.arrayContaining(targets.map((each) => each.replace(/^\.\//, ""))));
    if (typeof target === "object") {
      expect(target.types.replace(/\.d\.ts$/, ".js"), name).toBe(target.default);
      // In the order in which they are tried, types come first.
      expect(Object.keys(target), name).toEqual(["types", "default"]);
    }
  }
  expect(manifest).toMatchObject({ type: "module", types: "./dist/index.d.ts" });
});

test("every folder of the library is an entry", () => {
  const folders = readdirSync(path.join(projectRoot, "src/frontend/library"), { withFileTypes: true }).filter((entry) => entry.isDirectory());
  expect(Object.keys(manifest.exports).sort()).toEqual([".", "./minify", "./node", "./package.json", ...folders.map(({ name }) => `./${name}`)].sort());
});

test("the command is a program", () => {
  const [command] = Object.values(manifest.bin);
  const entry = packed.files.find((file) => file.path === command);
  expect(entry?.mode).toBe(0o755);
  expect(readFileSync(path.join(projectRoot, command ?? ""), "utf8")).toMatch(/^#!\/usr\/bin\/env node\n/);
});

test("it asks for the versions of Node that it is written for, and this is one of them", () => {
  const least = Number(/^>=(\d+)$/.exec(manifest.engines.node)?.[1]);
  expect(Number(process.versions.node.split(".")[0])).toBeGreaterThanOrEqual(least);
  const { target } = (JSON.parse(readFileSync(path.join(projectRoot, "tsconfig.base.json"), "utf8").replace(/^ *\/\/.*$/gm, "")) as { readonly compilerOptions: { readonly target: string } }).compilerOptions;
  // All of which Node 20 has.
  expect(target).toBe("es2022");
});

test("importing a part of it has no effect, which bundlers may rely on", () => expect(manifest.sideEffects).toBe(false));

test("every file in it is there for a reason", () => {
  const reasons = [/^(README|CHANGELOG)\.md$/, /^LICENSE$/, /^package\.json$/, /^docs\/[\w-]+\.(md|svg)$/, /^dist\/.+\.(js|d\.ts)$/];
  expect(files.filter((file) => !reasons.some((reason) => reason.test(file)))).toEqual([]);
  // What was compiled has its source still; an index of a folder of the library is made from the folder.
  const source = (file: string): string => file.replace(/^dist\//, "src/").replace(/(\.d\.ts|\.js)$/, "");
  const compiled = files.filter((file) => file.startsWith("dist/") && !/^dist\/frontend\/library\/\w+\/index\./.test(file));
  expect(compiled.filter((file) => !["ts", "d.ts"].some((ending) => existsSync(path.join(projectRoot, `${source(file)}.${ending}`)))).filter((file) => !file.endsWith("/words.d.ts"))).toEqual([]);
});

test("it is small", () => {
  console.log(`the package has ${files.length} files: ${Math.ceil(packed.size / 1000)} kB packed, ${Math.ceil(packed.unpackedSize / 1000)} kB unpacked`);
  expect(packed.size).toBeLessThan(1_000_000);
  expect(packed.unpackedSize).toBeLessThan(4_000_000);
});
