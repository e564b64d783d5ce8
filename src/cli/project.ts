/**
 * The project that a module is written into. What a file `.js` is - an ES module, or CommonJS - the nearest package.json
 * decides, and `npm init` writes one that says CommonJS. Then Node does not load an ES module called `.js`.
 */
import { readFileSync } from "node:fs";
import path from "node:path";
import { type Diagnostic, warning } from "../support/diagnostics.js";
import { fileName } from "./files.js";

/** A warning where Node would take the module for CommonJS. */
export function moduleKindWarning(written: string, cwd: string): Diagnostic | undefined {
  if (!written.endsWith(".js")) return undefined;
  const manifest = nearestManifest(path.dirname(written));
  if (manifest?.type !== "commonjs") return undefined;
  const message = `Node takes ${fileName(written, cwd)} for CommonJS, since ${fileName(manifest.file, cwd)} says "type": "commonjs"`;
  return warning("GF8009", message, { help: 'compile with --extension mjs, or let package.json say "type": "module"; a bundler needs neither' });
}

/** As Node looks for it: in the folder, then in those around it. */
function nearestManifest(folder: string): { readonly file: string; readonly type: unknown } | undefined {
  const file = path.join(folder, "package.json");
  const text = textOf(file);
  if (text === undefined) return path.dirname(folder) === folder ? undefined : nearestManifest(path.dirname(folder));
  try {
    const manifest: unknown = JSON.parse(text);
    return { file, type: typeof manifest === "object" && manifest !== null && "type" in manifest ? manifest.type : undefined };
  } catch {
    // Whose mistake that is Node will say.
    return undefined;
  }
}

function textOf(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}
