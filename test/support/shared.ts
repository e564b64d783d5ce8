/**
 * Material that tests read but that is not part of the project: trained models,
 * data sets, conformance cases. It lies in a folder `shared` beside the project,
 * or where GATEFOLD_SHARED says.
 *
 * Where it is absent, a test that needs it says so and is skipped; in continuous
 * integration (CI=true) its absence is a failure, so that nothing goes untested
 * without anyone noticing.
 */
import { existsSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { describe, test } from "vitest";

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
  if (existsSync(directory)) {
    describe(name, () => body(directory));
    return;
  }
  const reason = `${folder} is absent from the shared material (set GATEFOLD_SHARED to where it is)`;
  if (process.env["CI"] === "true") {
    test(name, () => {
      throw new Error(reason);
    });
    return;
  }
  console.warn(`skipped: ${name}: ${reason}`);
  test.skipIf(true)(`${name}: ${reason}`, () => {});
}
