/** Lets the trained character model of ml5.js, where it lies beside the project, go on from a prompt. */
import { existsSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { readMl5Vocabulary, readMl5Weights } from "../models/ml5-charrnn.js";
import { sharedRoot } from "../models/shared.js";

interface CharRnn {
  stream(): { step(inputs: { readonly text: number }): { readonly logits: Float32Array } };
}

interface Stage {
  readonly root: string;
  readonly out: string;
  readonly compileTo: (file: string) => Promise<string[]>;
}

const [prompt, length, temperature] = ["ROMEO:\n", 320, 0.6];

export async function speak({ root, out, compileTo }: Stage): Promise<void> {
  const folder = path.join(sharedRoot(root), "models/ml5-charrnn");
  if (!existsSync(folder)) return;
  await compileTo("scripts/models/ml5-charrnn.model.ts");
  const { load } = (await import(pathToFileURL(path.join(out, "ml5-charrnn.js")).href)) as { load(weights: Readonly<Record<string, Float32Array>>): CharRnn };
  const weights = Object.entries(readMl5Weights(folder)).map(([name, { data }]) => [name, data] as const);
  const stream = load(Object.fromEntries(weights)).stream();

  const vocabulary = readMl5Vocabulary(folder);
  const characters = new Map(Object.entries(vocabulary).map(([character, id]) => [id, character]));
  const random = generator(7);
  let logits: Float32Array = new Float32Array(0);
  for (const character of prompt) logits = stream.step({ text: vocabulary[character] ?? 0 }).logits;
  let written = "";
  const started = performance.now();
  for (let n = 0; n < length; n++) {
    const id = draw(logits, random());
    written += characters.get(id) ?? "";
    logits = stream.step({ text: id }).logits;
  }
  const rate = length / ((performance.now() - started) / 1000);
  console.log(`4. ml5.js's character model, two LSTMs trained on Shakespeare, compiled from scripts/models/ml5-charrnn.model.ts,`);
  console.log(`   goes on from ${JSON.stringify(prompt)} at ${rate.toFixed(0)} characters a second:\n`);
  console.log(`${(prompt + written).split("\n").map((line) => `   ${line}`.trimEnd()).join("\n")}\n`);
}

/** An index drawn with probability softmax(logits / temperature). */
function draw(logits: Float32Array, uniform: number): number {
  const largest = Math.max(...logits);
  const weights = Array.from(logits, (logit) => Math.exp((logit - largest) / temperature));
  let left = uniform * weights.reduce((sum, weight) => sum + weight, 0);
  return Math.max(0, weights.findIndex((weight) => (left -= weight) < 0));
}

/** A linear congruential generator (Knuth's constants), so that the same text is written each time. */
function generator(seed: number): () => number {
  let state = BigInt(seed);
  return () => {
    state = (state * 6364136223846793005n + 1442695040888963407n) & 0xffffffffffffffffn;
    return Number(state >> 11n) / 2 ** 53;
  };
}
