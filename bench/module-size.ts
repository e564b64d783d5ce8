/** What a browser downloads of the LSTM's module: all its files but the types, gzipped; weights come from elsewhere. */
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { gzipSync } from "node:zlib";
import type { ModuleSize } from "./report/results.js";

export function moduleSize(target: string, module: string): ModuleSize {
  const folder = path.dirname(module);
  const files = readdirSync(folder).filter((file) => !file.endsWith(".d.ts")).map((file) => readFileSync(path.join(folder, file)));
  return {
    target,
    bytes: files.reduce((sum, { length }) => sum + length, 0),
    gzipBytes: files.reduce((sum, file) => sum + gzipSync(file, { level: 9 }).length, 0),
  };
}
