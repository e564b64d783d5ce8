/**
 * Reads the JSON report of a run of the tests and prints "PASSED FAILED SKIPPED"
 * for the continuous integration to add up. Each test that failed or was skipped
 * is named on stderr, so that the end of a log tells which, and with what seed.
 */
import { existsSync, readFileSync } from "node:fs";
import { relative } from "node:path";
import { invariant } from "../src/support/invariant.js";

/** The part of the report (Jest's form, which vitest writes) that is read here. */
interface Report {
  readonly testResults: readonly FileResult[];
}

interface FileResult {
  readonly name: string;
  readonly status: string;
  readonly message: string;
  readonly assertionResults: readonly { readonly fullName: string; readonly status: string; readonly failureMessages?: readonly string[] }[];
}

const [file] = process.argv.slice(2);
invariant(file !== undefined, "usage: count-tests REPORT.json");

let passed = 0;
let failed = 0;
let skipped = 0;

if (existsSync(file)) {
  const report = JSON.parse(readFileSync(file, "utf8")) as Report;
  for (const result of report.testResults) countFile(result);
  if (passed + failed === 0) fail("no test ran");
} else {
  fail("there is no report: the tests did not start");
}
console.log(`${passed} ${failed} ${skipped}`);

function countFile({ name, status, message, assertionResults }: FileResult): void {
  let failedHere = 0;
  for (const { fullName, status: outcome, failureMessages = [] } of assertionResults) {
    if (outcome === "passed") passed += 1;
    else if (outcome === "failed") {
      failedHere += 1;
      console.error(`failed: ${relative(process.cwd(), name)}: ${fullName}\n${beginningOf(failureMessages.join("\n"))}`);
    } else {
      skipped += 1;
      console.error(`skipped: ${fullName}`);
    }
  }
  failed += failedHere;
  // A file that cannot even be loaded has no tests in the report, but it has failed.
  if (status === "failed" && failedHere === 0) fail(`${name}: ${message}`);
}

/** The lines of a message that tell what was wrong, and with what seed. */
function beginningOf(message: string): string {
  return message.split("\n").slice(0, 8).map((line) => `  ${line.slice(0, 300)}`).join("\n");
}

function fail(reason: string): void {
  failed += 1;
  console.error(reason);
}
