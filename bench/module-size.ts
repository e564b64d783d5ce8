/**
 * What a browser downloads of the LSTM's module: all its files but the types, gzipped; weights come from elsewhere. As the
 * compiler writes it, and as a page's bundler makes it smaller.
 */
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { gzipSync } from "node:zlib";
import { transformSync } from "esbuild";
import type { ModuleSize } from "./report/results.js";

export function moduleSize(target: string, module: string): ModuleSize {
  const folder = path.dirname(module);
  const files = readdirSync(folder).filter((file) => !file.endsWith(".d.ts")).map((file) => ({ file, content: readFileSync(path.join(folder, file)) }));
  const gzipped = (content: Uint8Array | string): number => gzipSync(content, { level: 9 }).length;
  const sum = (sizes: readonly number[]): number => sizes.reduce((total, size) => total + size, 0);
  const minified = files.map(({ file, content }) => (file.endsWith("js") ? transformSync(content.toString(), { minify: true, format: "esm" }).code : content));
  return { target, bytes: sum(files.map(({ content }) => content.length)), gzipBytes: sum(files.map(({ content }) => gzipped(content))), minifiedGzipBytes: sum(minified.map(gzipped)) };
}
