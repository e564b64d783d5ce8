/** The package as others get it: packed, and installed into a project somewhere else. */
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { projectRoot } from "../architecture/source-tree.js";
import { run, temporaryFolder } from "./sample.js";

/** What npm says of a package that it packed. */
export interface Packed {
  readonly filename: string;
  /** Bytes of the archive, and of what is in it. */
  readonly size: number;
  readonly unpackedSize: number;
  readonly files: readonly { readonly path: string; readonly mode: number }[];
}

/** Packs what `npm test` has built; building anew would pull dist/ away from under other tests. */
export function pack(folder: string): Packed {
  if (!existsSync(path.join(projectRoot, "dist/index.js"))) run(projectRoot, "npm", "run", "build");
  const [packed] = JSON.parse(run(projectRoot, "npm", "pack", "--json", "--ignore-scripts", "--pack-destination", folder)) as readonly Packed[];
  if (packed === undefined) throw new Error("npm packed nothing");
  return packed;
}

export interface InstalledProject {
  /** The project, of ES modules. */
  readonly app: string;
  /** A folder beside it, where the package is not found. */
  readonly elsewhere: string;
}

export function installedProject(): InstalledProject {
  const folder = temporaryFolder();
  const [app, elsewhere] = [path.join(folder, "app"), path.join(folder, "elsewhere")];
  const { filename } = pack(folder);
  for (const each of [app, elsewhere]) {
    mkdirSync(each);
    writeFileSync(path.join(each, "package.json"), '{ "private": true, "type": "module" }\n');
  }
  run(app, "npm", "install", "--prefer-offline", "--no-audit", "--no-fund", path.join(folder, filename));
  return { app, elsewhere };
}
