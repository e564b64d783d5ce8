/** What `run --stream` feeds: sequences, element by element. */
import type { StreamReport } from "../compile.js";
import { fail } from "../support/diagnostics.js";

/** Where no input bounds them: what each step gives is kept until the last, and memory ends. */
const stepsLimit = 1_000_000;

type Shapes = Readonly<Record<string, { readonly shape: readonly (number | string)[] }>>;

/**
 * The inputs of each step.
 * @param shapes the shapes of whole inputs
 * @param count how many steps, where no input tells
 */
export function stepsOf(inputs: Readonly<Record<string, unknown>>, stream: StreamReport, shapes: Shapes, count: number | undefined): Record<string, unknown>[] {
  const sequences = stream.inputs.flatMap(({ name, axis }) => {
    const value = Object.hasOwn(inputs, name) ? inputs[name] : undefined;
    return value === undefined ? [] : [{ name, elements: elementsOf(name, value, axis, shapes[name]?.shape ?? []) }];
  });
  const [first, ...others] = sequences;
  for (const { name, elements } of others) {
    if (first !== undefined && elements.length !== first.elements.length) fail("GF8005", `${first.name} has ${first.elements.length} steps, and ${name} has ${elements.length}`, { help: "give sequences of one length" });
  }
  const steps = count ?? first?.elements.length;
  if (steps === undefined) return fail("GF8005", "no input tells how many steps there are", { help: `give ${stream.inputs.map(({ name }) => name).join(", ")}, or say --steps 10` });
  if (first !== undefined && steps > first.elements.length) fail("GF8005", `${first.name} has ${first.elements.length} steps, not ${steps}`, { help: "ask for no more steps than the inputs have" });
  if (first === undefined && steps > stepsLimit) fail("GF8005", `--steps ${steps} is more than ${stepsLimit}`, { help: "take fewer steps, or compile the model and call step() of its stream() as often as you like" });
  return Array.from({ length: steps }, (_, t) => Object.fromEntries(sequences.map(({ name, elements }) => [name, elements[t]])));
}

/** The elements of a sequence along an axis: of rows, or of a flat array. */
function elementsOf(name: string, value: unknown, axis: number, shape: readonly (number | string)[]): unknown[] {
  if (!Array.isArray(value)) return fail("GF8006", `${name} is no sequence`, { help: `--stream takes whole sequences, as without it: an array for ${name}` });
  const rows: readonly unknown[] = value;
  if (axis > 0) {
    const inner = rows.map((row) => elementsOf(name, row, axis - 1, shape.slice(1)));
    return (inner[0] ?? []).map((_, t) => inner.map((each) => each[t]));
  }
  const sizes = shape.slice(1);
  if (sizes.length === 0 || rows.length === 0 || rows.some((row) => Array.isArray(row))) return [...rows];
  const width = sizes.reduce<number>((product, size) => (typeof size === "number" ? product * size : Number.NaN), 1);
  if (!(width > 0) || rows.length % width !== 0) fail("GF8006", `${name} does not fall into steps`, { help: "give it as an array of rows" });
  return Array.from({ length: rows.length / width }, (_, t) => rows.slice(t * width, (t + 1) * width));
}
