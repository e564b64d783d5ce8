/**
 * Modules with as few letters as they need: their code, made shorter by a minifier, under the lines that say what they are
 * and where their types lie. The minifier is the caller's, since who wants none should not load one.
 */
import { internalProperties } from "../runtime/internal-properties.js";
import type { TargetUnit } from "./target.js";

/**
 * Gives the text of an ES module the same meaning in fewer letters.
 * @param ownProperties properties that nobody outside of the module reads or writes: they may be renamed
 */
export type Minifier = (module: string, ownProperties: readonly string[]) => string;

export function minifiedModule(text: string, unit: TargetUnit, minify: Minifier): string {
  const header = /^(?:\/\/.*\n)*/.exec(text)?.[0] ?? "";
  const outside = new Set(unit.models.flatMap(({ name, program, stream }) => [
    name, ...[program, ..."program" in stream ? [stream.program] : []].flatMap(({ inputs, outputs, parameters }) => [...inputs, ...outputs, ...parameters].map((each) => each.name)),
  ]));
  return `${header}${minify(text, internalProperties.filter((name) => !outside.has(name)))}\n`;
}
