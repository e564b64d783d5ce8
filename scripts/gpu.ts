/**
 * Runs generated GPU modules where they are to run, on real nets: headless GL in Node, and WebGL 2 in headless Chromium;
 * WebGPU on a software adapter is run, too, and reported. Each row tells what proves that GL ran: the class of the kernels,
 * draw calls, and that GL has no error to tell of. Exits with 1 if a row falls short.
 *
 *     npm run gpu
 */
import path from "node:path";
import { fileURLToPath } from "node:url";
import { type Case, libraryCases, publishedCases } from "./gpu/cases.js";
import { startDisplay } from "./gpu/display.js";
import { type Environment, nodeEnvironment, pageEnvironment } from "./gpu/environments.js";
import { minifiedPage } from "./gpu/minified-page.js";
import { difference } from "./models/table.js";
import { sharedRoot } from "./models/shared.js";

interface Row {
  readonly where: string;
  readonly what: string;
  readonly found: string;
  readonly proof: string;
  /** Why it falls short. */
  readonly faults: readonly string[];
  /** Told, not held against us. */
  readonly reported?: true;
}

const root = fileURLToPath(new URL("..", import.meta.url));
const display = await startDisplay();
const published = publishedCases(sharedRoot(root), path.join(root, "scripts/models"));
const cases = [...(published ?? []), ...(await libraryCases())];
const rows: Row[] = [];
if (published === undefined) rows.push({ where: "", what: "published models", found: "absent", proof: "", faults: [`there is no ${sharedRoot(root)}/models (set GATEFOLD_SHARED)`] });
for (const open of [() => Promise.resolve(nodeEnvironment("headlessgl")), () => pageEnvironment("webgl2"), () => pageEnvironment("webgpu")]) rows.push(...(await inEnvironment(open)));
rows.push(...(await minifiedPage(root)).map((row) => ({ ...row })));
print(rows);
const short = rows.filter(({ faults, reported }) => faults.length > 0 && reported !== true);
for (const { where, what, faults } of rows.filter((row) => row.faults.length > 0)) console.log(`${where} ${what}: ${faults.join("; ")}`);
console.log(`${rows.length - short.length} passed, ${short.length} failed`);
display?.stop();
process.exit(short.length === 0 ? 0 : 1);

async function inEnvironment(open: () => Promise<Environment>): Promise<readonly Row[]> {
  let environment: Environment | undefined;
  try {
    environment = await open();
    const made: Row[] = [];
    for (const each of cases) made.push(await row(environment, each));
    return made;
  } catch (thrown) {
    return [{ where: environment?.mode ?? "", what: "all", found: "none", proof: "", faults: [thrown instanceof Error ? thrown.message : String(thrown)] }];
  } finally {
    await environment?.close();
  }
}

async function row(environment: Environment, { name, module, task, expected, bound, choice, dispatches, steady }: Case): Promise<Row> {
  const where = `${environment.name} ${environment.mode}`;
  const reported = environment.mode === "webgpu" ? { reported: true as const } : {};
  try {
    const { evaluated, before, after } = await environment.evaluate(module, task);
    const { outputs, device, first, milliseconds } = evaluated;
    const faults: string[] = [];
    let largest = 0;
    for (const [output, wanted] of Object.entries(expected)) {
      const each = difference(outputs[output] ?? [], wanted);
      if (!(each <= largest)) largest = each;
    }
    if (!(largest <= bound)) faults.push(`differs by ${largest}, more than ${bound}`);
    if (choice !== undefined) {
      const other = differentChoices(outputs[choice.output] ?? [], expected[choice.output] ?? [], choice.classes);
      if (other > 0) faults.push(`${other} positions choose another class`);
    }
    if (device.mode !== environment.mode || device.fallbackReason !== null) faults.push(`ran on ${device.mode}: ${device.fallbackReason ?? "no reason given"}`);
    const draws = after.draws - before.draws;
    if (environment.isGl && draws < device.dispatches) faults.push(`${draws} draw calls for ${device.dispatches} dispatches`);
    const errors = evaluated.errors.filter((error) => error !== 0);
    if (environment.isGl && evaluated.errors.length === 0) faults.push("no GL context was seen");
    if (errors.length > 0) faults.push(`GL errors ${errors.join(", ")}`);
    if (dispatches !== undefined) {
      // Beside the steps: weights, projections, and joining rows, which takes a dispatch for 7 of them at most.
      const most = dispatches.each * dispatches.steps + Math.ceil(dispatches.steps / 6) + 250;
      if (device.dispatches > most) faults.push(`${device.dispatches} dispatches, more than ${most}`);
    }
    if (steady === true && device.liveTextures !== first.liveTextures) faults.push(`${device.liveTextures} textures live, ${first.liveTextures} after the first run`);
    if (steady === true && environment.isGl && after.textures - before.textures > 3 * first.liveTextures + 64) faults.push(`GL has ${after.textures - before.textures} textures more than before`);
    const proof = [device.kernelClass, ...(environment.isGl ? [`${draws} draws`, `${errors.length} GL errors`] : []), ...(steady === true ? [`${device.liveTextures} textures live`] : [])].join(", ");
    return { where, what: name, found: `${largest.toExponential(1)} of ${bound.toExponential(0)}, ${milliseconds.toFixed(0)} ms`, proof, faults, ...reported };
  } catch (thrown) {
    return { where, what: name, found: "none", proof: "", faults: [thrown instanceof Error ? thrown.message : String(thrown)], ...reported };
  }
}

function differentChoices(found: ArrayLike<number>, expected: ArrayLike<number>, classes: number): number {
  const largest = (values: ArrayLike<number>, from: number): number => {
    let best = from;
    for (let i = from; i < from + classes; i++) if ((values[i] ?? NaN) > (values[best] ?? NaN)) best = i;
    return best;
  };
  let different = 0;
  for (let from = 0; from < expected.length; from += classes) if (largest(found, from) !== largest(expected, from)) different += 1;
  return different;
}

function print(all: readonly Row[]): void {
  const table = [["where", "net", "difference", "what ran", "verdict"], ...all.map(({ where, what, found, proof, faults, reported }) => [where, what, found, proof, faults.length === 0 ? "ok" : reported === true ? "reported" : "FALLS SHORT"])];
  const widths = (table[0] ?? []).map((_, column) => Math.max(...table.map((each) => (each[column] ?? "").length)));
  for (const each of table) console.log(each.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  ").trimEnd());
}
