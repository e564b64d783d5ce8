/**
 * Tests that need what a machine may lack: material, a browser, another engine.
 *
 * Where it is absent, such a test says so and is skipped; in continuous integration (CI=true) its absence is a failure, so
 * that nothing goes untested without anyone noticing.
 */
import { describe, test } from "vitest";

/** Like `test`; see `describeNeeding`. */
export function testNeeding(name: string, missing: string | undefined, body: () => void | Promise<void>): void {
  describeNeeding(name, missing, () => void test(name, body));
}

/** Like `describe`. `missing` says what is absent, and how to get it; undefined where all is there, and only then `body` runs. */
export function describeNeeding(name: string, missing: string | undefined, body: () => void): void {
  if (missing === undefined) {
    describe(name, body);
    return;
  }
  if (process.env["CI"] === "true") {
    test(name, () => {
      throw new Error(missing);
    });
    return;
  }
  console.warn(`skipped: ${name}: ${missing}`);
  test.skipIf(true)(`${name}: ${missing}`, () => {});
}
