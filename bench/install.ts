/** Gets what the bench needs before it runs: its peers, from its own lock file, and its measuring processes, as JavaScript. */
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { findTorch } from "./peers/torch.js";

const folder = fileURLToPath(new URL(".", import.meta.url));

/** Packages of the bench that are no peers. */
const tools: readonly string[] = ["esbuild", "wabt"];

function run(command: string, ...given: readonly string[]): void {
  const { status, error } = spawnSync(command, given, { cwd: folder, stdio: ["ignore", "inherit", "inherit"] });
  if (status !== 0) throw new Error(`${command} ${given.join(" ")} failed${error === undefined ? "" : `: ${error.message}`}`);
}

function dependencies(): Readonly<Record<string, string>> {
  return readManifest(path.join(folder, "package.json")).dependencies ?? {};
}

interface Manifest {
  readonly version?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
}

function readManifest(file: string): Manifest {
  return JSON.parse(readFileSync(file, "utf8")) as Manifest;
}

function isInstalled([name, version]: readonly [string, string]): boolean {
  const manifest = path.join(folder, "node_modules", name, "package.json");
  return existsSync(manifest) && readManifest(manifest).version === version;
}

/** No peer needs a script of its installation. */
export function installPeers(): void {
  if (Object.entries(dependencies()).every(isInstalled)) return;
  console.log("the peers are not installed yet, or not in these versions: npm ci, in bench/ (0.7 GB)");
  run("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund");
}

export function buildMeasuring(): void {
  run(process.execPath, path.join(folder, "..", "node_modules", "typescript", "bin", "tsc"), "-p", "tsconfig.json");
}

export function versions(): Record<string, string> {
  const shown = Object.entries(dependencies()).filter(([name]) => !tools.includes(name));
  const torch = findTorch();
  return { Node: process.versions.node, V8: process.versions.v8, ...Object.fromEntries(shown), ...(torch === undefined ? {} : { torch: torch.version }) };
}
