/** The version of the package, read from its manifest, which lies two folders up in the sources and in dist alike. */
import { readFileSync } from "node:fs";

const manifest = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as { readonly version: string };

export const version = manifest.version;
