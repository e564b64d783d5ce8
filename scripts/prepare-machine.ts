/**
 * Installs what tests need beyond `npm ci` (machine/tools.ts), before they run: `npm test` does so, and `npm run machine`
 * alone. Where all is there it only looks. It installs packages of Debian where it may without asking: as root, or where
 * sudo wants no password. What it cannot install it names, with the reason; then the tests that need it are skipped, or, in
 * continuous integration, fail. So it always ends well itself.
 *
 * GATEFOLD_INSTALL=no: it installs nothing, and only says what is missing.
 */
import { spawnSync } from "node:child_process";
import { buildGl } from "./machine/build-gl.js";
import { runtimesFolder, type Tool, type ToolName, tools } from "./machine/tools.js";

const entries = Object.entries(tools) as [ToolName, Tool][];
const absent = (): [ToolName, Tool][] => entries.filter(([, tool]) => tool.find() === undefined);
/** Why a tool could not be installed. */
const reasons = new Map<ToolName, string>();

const wanted = absent();
if (wanted.length > 0) {
  if (process.env["GATEFOLD_INSTALL"] === "no") for (const [name] of wanted) reasons.set(name, "GATEFOLD_INSTALL=no");
  else install(wanted);
}
const still = new Set(absent().map(([name]) => name));
console.log(`machine: ${entries.map(([name]) => `${name} ${still.has(name) ? "missing" : "ready"}`).join(", ")}`);
for (const [name, { purpose }] of entries.filter(([name]) => still.has(name))) {
  const consequence = process.env["CI"] === "true" ? "fail" : "are skipped";
  console.log(`machine: without ${name}, tests of ${purpose} ${consequence} (${reasons.get(name) ?? "it was installed, but is not where it is looked for"})`);
}

function install(missing: readonly [ToolName, Tool][]): void {
  const fromDebian = missing.filter(([, { debian = [] }]) => debian.length > 0);
  if (fromDebian.length > 0) {
    const packages = [...new Set(fromDebian.flatMap(([, { debian = [] }]) => debian))];
    const refused = installFromDebian(packages);
    if (refused !== undefined) for (const [name] of fromDebian) reasons.set(name, `apt-get install ${packages.join(" ")}: ${refused}`);
  }
  if (missing.some(([, { build }]) => build === true)) {
    const refused = buildGl();
    if (refused !== undefined) reasons.set("gl", [reasons.get("gl"), refused].filter((each) => each !== undefined).join("; "));
  }
  const runtimes = missing.filter(([, { runtime }]) => runtime === true).map(([name]) => name);
  if (runtimes.length > 0) {
    console.log(`machine: installing ${runtimes.join(", ")} into test/runtimes, with npm`);
    // Their programs lie in the packages: no script of theirs has to run.
    const refused = attempt(npm(), ["ci", "--ignore-scripts", "--prefer-offline", "--no-audit", "--no-fund"], runtimesFolder);
    for (const name of runtimes) reasons.set(name, [refused, reasons.get(name)].find((each) => each !== undefined) ?? `npm brought none that runs on ${process.platform} ${process.arch}: there is none, or it could not be fetched`);
  }
}

/** Why it could not; undefined where it did. */
function installFromDebian(packages: readonly string[]): string | undefined {
  if (spawnSync("apt-get", ["--version"]).status !== 0) return "this system has no apt-get";
  const isRoot = process.getuid?.() === 0;
  if (!isRoot && spawnSync("sudo", ["-n", "true"]).status !== 0) return "that takes root, or sudo without a password";
  console.log(`machine: installing ${packages.join(" ")}, with apt-get`);
  // Another apt-get may be at work: we wait for it.
  const apt = ["DEBIAN_FRONTEND=noninteractive", "apt-get", "-qq", "-o", "DPkg::Lock::Timeout=300"];
  const run = (...args: string[]): string | undefined => (isRoot ? attempt("env", [...apt, ...args]) : attempt("sudo", ["-n", "env", ...apt, ...args]));
  const outdated = run("update");
  const refused = run("install", "-y", "--no-install-recommends", ...packages);
  // Lists that could not be renewed matter only where the packages were not found in the old ones.
  return refused === undefined ? undefined : [outdated, refused].filter((each) => each !== undefined).join("; ");
}

/** The last that a command said where it failed. */
function attempt(command: string, args: readonly string[], cwd?: string): string | undefined {
  const { status, stdout, stderr, error } = spawnSync(command, args, { encoding: "utf8", maxBuffer: 2 ** 26, ...(cwd === undefined ? {} : { cwd }) });
  if (status === 0) return undefined;
  const said = `${stdout}\n${stderr}`.split("\n").map((line) => line.trim()).filter((line) => line !== "");
  return error?.message ?? (said.slice(-3).join(" | ") || `it ended with ${status ?? "a signal"}`);
}

function npm(): string {
  return process.platform === "win32" ? "npm.cmd" : "npm";
}
