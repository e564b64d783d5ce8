/** Texts of the runtime that modules of every target contain, each as far as the module needs it. */
import { embeddedText } from "../runtime/embedded.js";
import type { Feature } from "../runtime/features.js";
import { safetensorsFloat32Text } from "../runtime/safetensors-float32.js";
import { safetensorsText } from "../runtime/safetensors.js";
import { weightsText } from "../runtime/weights.js";
import { propertyKey, stringLiteral } from "./names.js";
import type { BatchLayout, TargetUnit, WeightsForm } from "./target.js";

/** What `load` needs to read weights. */
export function weightsReader({ weightsForm = "safetensors", embeddedWeights }: TargetUnit): readonly string[] {
  return [weightsText, ...bytesReaders[weightsForm], ...(embeddedWeights === undefined ? [] : [embeddedText])];
}

const bytesReaders: { readonly [F in WeightsForm]: readonly string[] } = { arrays: [], safetensors: [safetensorsText], float32: [safetensorsFloat32Text] };

/** Where the batch stands in padded arrays, for `PaddedModel`. */
export function ordersText({ all, of }: BatchLayout): string {
  return `{ all: ${stringLiteral(all)}, of: { ${Object.entries(of).map(([name, order]) => `${propertyKey(name)}: ${stringLiteral(order)}`).join(", ")} } }`;
}

/** The texts, without what has nothing to do in a module of these features. */
export function runtimeTexts(texts: readonly string[], features: ReadonlySet<Feature>): string[] {
  return texts.map((text) => piecesOf(text, features)).filter((text) => text.trim() !== "");
}

/**
 * What stands between `//: FEATURE` and `//: end` is left out where the module's models have nothing of that kind; with all
 * features a text is complete. Pieces do not nest.
 */
export function piecesOf(text: string, features: ReadonlySet<Feature>): string {
  const known: ReadonlySet<string> = features;
  return text.replace(/^ *\/\/: (.+)\n([^]*?)^ *\/\/: end\n/gm, (_, feature: string, piece: string) => (known.has(feature) ? piece : ""));
}
