/**
 * Builds dist/: compiles src/ with tsc, then the library of model files, and adds what tsc does not carry along: the
 * declarations of the model language, and an index for each folder of the library.
 */
import { spawnSync } from "node:child_process";
import { chmodSync, cpSync, existsSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import path from "node:path";

const root = fileURLToPath(new URL("..", import.meta.url));
const source = path.join(root, "src");
const output = path.join(root, "dist");

rmSync(output, { recursive: true, force: true });
const compiler = path.join(root, "node_modules", "typescript", "bin", "tsc");
for (const project of ["tsconfig.build.json", "tsconfig.library.json"]) {
  const compiled = spawnSync(process.execPath, [compiler, "-p", path.join(root, project)], { stdio: "inherit" });
  if (compiled.status !== 0) process.exit(compiled.status ?? 1);
}
for (const file of readdirSync(source, { recursive: true, encoding: "utf8" })) {
  const isDeclaration = file.endsWith(".d.ts") && file !== path.join("support", "web-globals.d.ts");
  if (isDeclaration) cpSync(path.join(source, file), path.join(output, file));
}
// A folder of the library is imported by its name: gatefold/torch is all of library/torch.
const library = path.join("frontend", "library");
for (const folder of readdirSync(path.join(source, library), { withFileTypes: true }).filter((entry) => entry.isDirectory())) {
  const files = readdirSync(path.join(source, library, folder.name)).filter((file) => file.endsWith(".model.ts")).sort();
  const index = files.map((file) => `export * from "./${file.replace(/\.ts$/, ".js")}";\n`).join("");
  for (const ending of ["js", "d.ts"]) writeFileSync(path.join(output, library, folder.name, `index.${ending}`), index);
}
// The words of the model language are declared by hand: with comments for editors, which inferred declarations lack.
const words = path.join(output, "frontend", "language");
cpSync(path.join(words, "gatefold.d.ts"), path.join(words, "words.d.ts"));
const command = path.join(output, "cli", "main.js");
if (existsSync(command)) chmodSync(command, 0o755);
