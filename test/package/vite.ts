/** Vite, as a command in a project. */
import path from "node:path";
import { projectRoot } from "../architecture/source-tree.js";
import { run } from "./sample.js";

/** What it said. @throws Error where it could not build */
export function viteBuild(folder: string, ...options: readonly string[]): string {
  return run(folder, process.execPath, path.join(projectRoot, "node_modules/vite/bin/vite.js"), "build", "--logLevel", "warn", ...options);
}
