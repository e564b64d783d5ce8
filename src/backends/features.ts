/** What the models of a module have, as far as the runtime has code for it. */
import { staticLength } from "../ir/graph/length.js";
import type { Program } from "../ir/program/program.js";
import { programBuffers } from "../ir/program/traverse.js";
import type { Feature } from "../runtime/features.js";
import { isInherited } from "./names.js";
import { placesWhenRun } from "./place-text.js";
import type { TargetUnit } from "./target.js";

/** @param texts of the module, which place buffers as lengths want */
export function featuresOf({ models, batch, relaxedSimd = true, weightsForm }: TargetUnit, texts: readonly string[]): ReadonlySet<Feature> {
  const streams = models.flatMap(({ stream }) => ("program" in stream ? [stream] : []));
  const programs = [...models.map(({ program }) => program), ...streams.map(({ program }) => program)];
  const inputs = programs.flatMap((program) => program.inputs);
  const has: { readonly [F in Feature]: boolean } = {
    integers: inputs.some(({ buffer }) => buffer.element === "int32"),
    "inherited names": inputs.some(({ name }) => isInherited(name)),
    "integer states": streams.some(({ loop, histories }) => [...loop.carried.map(({ current }) => current), ...histories].some(({ element }) => element !== "float32")),
    optional: inputs.some(({ fallback }) => fallback !== undefined),
    "open places": placesWhenRun(texts),
    "fixed batch": batch !== undefined,
    batches: models.some(({ batched }) => batched !== undefined && "program" in batched),
    streams: streams.length > 0,
    "stream heap": streams.some(({ program }) => hasOpenSizes(program)),
    "growing streams": streams.some(({ rows }) => rows !== undefined),
    relaxed: relaxedSimd,
    safetensors: weightsForm !== "arrays",
  };
  return new Set((Object.keys(has) as Feature[]).filter((feature) => has[feature]));
}

/** Whether some buffer's size depends on the lengths of a run. */
function hasOpenSizes(program: Program): boolean {
  return [...programBuffers(program)].some(({ shape }) => shape.some((size) => staticLength(size) === undefined));
}
