/**
 * Builds dist/: compiles src/ with tsc, then copies what tsc does not carry
 * along because it is data to us - the standard library's model files and the
 * declarations of the model language.
 */
import { spawnSync } from "node:child_process";
import { chmodSync, cpSync, existsSync, readdirSync, rmSync } from "node:fs";
import { fileURLToPath } from "node:url";
import path from "node:path";

const root = fileURLToPath(new URL("..", import.meta.url));
const source = path.join(root, "src");
const output = path.join(root, "dist");

/** Files that the compiler or its users read as text, so that they travel unchanged. */
function isCopied(file: string): boolean {
  if (file === path.join("support", "web-globals.d.ts")) return false;
  return file.endsWith(".model.ts") || file.endsWith(".d.ts");
}

rmSync(output, { recursive: true, force: true });
const compiler = path.join(root, "node_modules", "typescript", "bin", "tsc");
const compiled = spawnSync(process.execPath, [compiler, "-p", path.join(root, "tsconfig.build.json")], {
  stdio: "inherit",
});
if (compiled.status !== 0) process.exit(compiled.status ?? 1);
for (const file of readdirSync(source, { recursive: true, encoding: "utf8" })) {
  if (isCopied(file)) cpSync(path.join(source, file), path.join(output, file));
}
// The words of the model language are declared by hand: with comments for editors, which inferred declarations lack.
const words = path.join(output, "frontend", "language");
cpSync(path.join(words, "gatefold.d.ts"), path.join(words, "words.d.ts"));
const command = path.join(output, "cli", "main.js");
if (existsSync(command)) chmodSync(command, 0o755);
