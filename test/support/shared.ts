/**
 * Material that tests read but that is not part of the project: trained models,
 * data sets, conformance cases. It lies in a folder `shared` beside the project,
 * or where GATEFOLD_SHARED says.
 *
 * Where it is absent, a test that needs it is skipped, or fails (needs.ts).
 */
import { existsSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { describeNeeding } from "./needs.js";

const projectRoot = fileURLToPath(new URL("../..", import.meta.url));

/** Where the shared material is, or would be. */
export const sharedRoot = path.resolve(process.env["GATEFOLD_SHARED"] ?? path.join(projectRoot, "..", "shared"));

/**
 * Like `describe`, for tests that read the part of the shared material at
 * `folder` (such as "conformance/safetensors"). `body` gets that folder's path
 * and runs only where it exists.
 */
export function describeShared(name: string, folder: string, body: (directory: string) => void): void {
  const directory = path.join(sharedRoot, folder);
  const missing = existsSync(directory) ? undefined : `${folder} is absent from the shared material (set GATEFOLD_SHARED to where it is)`;
  describeNeeding(name, missing, () => body(directory));
}
