/**
 * Builds `gl`, the GL of Node that gpu.js uses. `npm ci` brings its source and runs no scripts, so that an install never
 * depends on a compiler; here it is compiled, which takes minutes, once: what was built for the same version, the same Node
 * and the same system is kept in the user's cache.
 */
import { spawnSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, readFileSync, renameSync } from "node:fs";
import { createRequire } from "node:module";
import { homedir } from "node:os";
import path from "node:path";
import { projectRoot } from "./tools.js";

const folder = path.join(projectRoot, "node_modules/gl");

/** What is loaded by Node. */
export const glBinary = path.join(folder, "build/Release/webgl.node");

/** Why it could not; undefined where it did. */
export function buildGl(): string | undefined {
  if (!existsSync(path.join(folder, "package.json"))) return "npm installed no gl: it is an optional dependency of gpu.js";
  const cached = cacheFile();
  mkdirSync(path.dirname(glBinary), { recursive: true });
  if (existsSync(cached)) {
    copyFileSync(cached, glBinary);
    return undefined;
  }
  console.log("machine: building gl, which takes some minutes");
  const gyp = createRequire(path.join(folder, "package.json")).resolve("node-gyp/bin/node-gyp.js");
  // Headers that came with Node need not be fetched.
  const prefix = path.resolve(path.dirname(process.execPath), "..");
  const headers = existsSync(path.join(prefix, "include/node/node.h")) ? [`--nodedir=${prefix}`] : [];
  const { status, stdout, stderr, error } = spawnSync(process.execPath, [gyp, "rebuild", ...headers], { cwd: folder, encoding: "utf8", maxBuffer: 2 ** 28 });
  if (status !== 0) return error?.message ?? `${stdout}\n${stderr}`.split("\n").filter((line) => line.trim() !== "").slice(-3).join(" | ");
  mkdirSync(path.dirname(cached), { recursive: true });
  // Whole or not at all, whoever else builds at the same time.
  const whole = `${cached}.${process.pid}`;
  copyFileSync(glBinary, whole);
  renameSync(whole, cached);
  return undefined;
}

function cacheFile(): string {
  const { version } = JSON.parse(readFileSync(path.join(folder, "package.json"), "utf8")) as { readonly version: string };
  const cache = process.env["XDG_CACHE_HOME"] ?? path.join(homedir(), ".cache");
  return path.join(cache, "gatefold", `gl-${version}-abi${process.versions.modules}-${process.platform}-${process.arch}.node`);
}
