/**
 * What tests use that `npm ci` does not bring: programs of the system, and JavaScript engines other than Node.
 *
 * prepare-machine.ts installs them before the tests, where it may. A test asks `missing` what it cannot do without: in
 * continuous integration what is missing is a failure, on a desk the test is skipped, with the reason.
 */
import { spawnSync } from "node:child_process";
import { accessSync, constants, existsSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

export const projectRoot = fileURLToPath(new URL("../..", import.meta.url));

export interface Tool {
  /** What it is for, to be read after "for". */
  readonly purpose: string;
  /** Where it is; undefined where it is not, or does not run. */
  find(): string | undefined;
  /** Packages of Debian that it is, or that it needs to run. */
  readonly debian?: readonly string[];
  /** Whether it comes with test/runtimes. */
  readonly runtime?: true;
  /** Whether it is gl, which is built here (build-gl.ts). */
  readonly build?: true;
}

/** A folder with a lock file of its own: the engines weigh more than all else, and nothing but tests uses them. */
export const runtimesFolder = path.join(projectRoot, "test/runtimes");

/** A tool that is added here is installed before the tests. */
export const tools = {
  xvfb: { purpose: "GPU modules on headless GL", find: () => onPath("Xvfb"), debian: ["xvfb", "xauth"] },
  gl: { purpose: "GPU modules on headless GL", find: () => builtGl(), debian: ["libxi-dev", "libxext-dev", "libx11-dev", "libgl1-mesa-dri", "python3", "make", "g++"], build: true },
  chromium: { purpose: "generated modules in a browser", find: () => onPath("chromium"), debian: ["chromium"] },
  bun: { purpose: "generated modules and the package in Bun", find: () => runtime("bun"), runtime: true },
  deno: { purpose: "generated modules and the package in Deno", find: () => runtime("deno"), runtime: true },
  "oldest node": { purpose: "generated modules and the package in the first Node that package.json allows", find: () => runtime("oldest node"), runtime: true },
  "newest node": { purpose: "generated modules and the package in the newest Node", find: () => runtime("newest node"), runtime: true, debian: ["libatomic1"] },
} as const satisfies Readonly<Record<string, Tool>>;

export type ToolName = keyof typeof tools;

/** Where a tool is. @throws Error where it is not; ask `missing` first */
export function toolPath(name: ToolName): string {
  const found = tools[name].find();
  if (found === undefined) throw new Error(missing(name));
  return found;
}

/** Why these tools cannot be used; undefined where all of them can. */
export function missing(...names: readonly ToolName[]): string | undefined {
  const absent = names.filter((name) => tools[name].find() === undefined);
  return absent.length === 0 ? undefined : `there is no ${absent.join(" and no ")} on this machine (npm run machine says why)`;
}

function builtGl(): string | undefined {
  const file = path.join(projectRoot, "node_modules/gl/build/Release/webgl.node");
  return existsSync(file) ? file : undefined;
}

function onPath(program: string): string | undefined {
  const folders = (process.env["PATH"] ?? "").split(path.delimiter);
  return folders.map((folder) => path.join(folder, program)).find(isProgram);
}

/** Packages of test/runtimes, by what `process` calls the system, and the program in them. */
const runtimePackages = {
  bun: { program: "bin/bun", "linux-x64": "@oven/bun-linux-x64", "linux-arm64": "@oven/bun-linux-aarch64", "darwin-arm64": "@oven/bun-darwin-aarch64" },
  deno: { program: "deno", "linux-x64": "@deno/linux-x64-glibc", "linux-arm64": "@deno/linux-arm64-glibc", "darwin-arm64": "@deno/darwin-arm64" },
  "oldest node": { program: "bin/node", "linux-x64": "node-oldest" },
  "newest node": { program: "bin/node", "linux-x64": "node-newest" },
} as const satisfies Readonly<Record<string, { readonly program: string } & Readonly<Record<string, string>>>>;

/** Where it is, if it is of the version that the lock file names. */
function runtime(name: keyof typeof runtimePackages): string | undefined {
  const packages: { readonly program: string } & Readonly<Record<string, string>> = runtimePackages[name];
  const installed = packages[`${process.platform}-${process.arch}`];
  if (installed === undefined) return undefined;
  const folder = path.join(runtimesFolder, "node_modules", installed);
  const file = path.join(folder, packages.program);
  return isProgram(file) && versionIn(path.join(folder, "package.json")) === lockedVersion(installed) && runs(file) ? file : undefined;
}

/** A program may be there and lack a library of the system. */
function runs(file: string): boolean {
  return spawnSync(file, ["--version"]).status === 0;
}

function versionIn(manifest: string): string | undefined {
  // Some packages of Node write v20.0.0, which npm reads as 20.0.0.
  return (JSON.parse(readFileSync(manifest, "utf8")) as { readonly version?: string }).version?.replace(/^v/, "");
}

function lockedVersion(name: string): string | undefined {
  const lock = JSON.parse(readFileSync(path.join(runtimesFolder, "package-lock.json"), "utf8")) as { readonly packages: Readonly<Record<string, { readonly version?: string }>> };
  return lock.packages[`node_modules/${name}`]?.version;
}

function isProgram(file: string): boolean {
  if (!existsSync(file) || !statSync(file).isFile()) return false;
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
