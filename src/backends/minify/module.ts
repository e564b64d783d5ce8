/** Modules with as few letters as they need: their code, under the lines that say what they are and where their types lie. */
import { internalProperties } from "../../runtime/internal-properties.js";
import type { TargetUnit } from "../target.js";
import { minify } from "./index.js";

export function minifiedModule(text: string, unit: TargetUnit): string {
  const header = /^(?:\/\/.*\n)*/.exec(text)?.[0] ?? "";
  const outside = new Set(unit.models.flatMap(({ name, program, stream }) => [
    name, ...[program, ..."program" in stream ? [stream.program] : []].flatMap(({ inputs, outputs, parameters }) => [...inputs, ...outputs, ...parameters].map((each) => each.name)),
  ]));
  return header + minify(text, new Set(internalProperties.filter((name) => !outside.has(name))));
}
