/** ml5.js's character model, trained on Shakespeare, held against TensorFlow.js and against its own surprise at its text. */
import { readFileSync } from "node:fs";
import path from "node:path";
import { at, defined } from "../../src/support/invariant.js";
import type { Check, CompiledModel, ModelOptions } from "./check.js";
import { difference } from "./table.js";
import { readRaw, type Tensor, transposed } from "./tensors.js";

const vocabulary = 65;
const [reportedNats, natsCharacters] = [1.3203, 20_000];
/** What weights of 8 or 16 bits may cost, in nats a character. */
const quantisedBound = 0.01;

interface Expected {
  readonly ids: readonly number[];
  readonly logits: readonly number[];
}

/** The weights of ml5's checkpoint under the names that our model gives them. */
export function readMl5Weights(folder: string): Record<string, Tensor> {
  const raw = (file: string, shape: readonly number[]) => readRaw(path.join(folder, "shakespeare", file), shape);
  const layer = (index: number) => `rnnlm_multi_rnn_cell_cell_${index}_basic_lstm_cell`;
  return {
    "characters.weight": raw("embedding", [vocabulary, 128]),
    "lower.kernel.weight": transposed(raw(`${layer(0)}_weights`, [256, 512])),
    "lower.kernel.bias": raw(`${layer(0)}_biases`, [512]),
    "upper.kernel.weight": transposed(raw(`${layer(1)}_weights`, [256, 512])),
    "upper.kernel.bias": raw(`${layer(1)}_biases`, [512]),
    "logits.weight": transposed(raw("rnnlm_softmax_w", [128, vocabulary])),
    "logits.bias": raw("rnnlm_softmax_b", [vocabulary]),
  };
}

/** From characters to ids. The file is the repaired one: the published vocabulary mangles u and U. */
export function readMl5Vocabulary(folder: string): Readonly<Record<string, number>> {
  return JSON.parse(readFileSync(path.join(folder, "vocab_fixed.json"), "utf8")) as Record<string, number>;
}

/** The mean of -log p(character | those before it), in nats, over all characters but the first. */
export function meanSurprise(logits: ArrayLike<number>, ids: readonly number[], classes: number): number {
  let total = 0;
  for (let t = 0; t + 1 < ids.length; t++) {
    let largest = -Infinity;
    for (let k = 0; k < classes; k++) largest = Math.max(largest, at(logits, t * classes + k));
    let sum = 0;
    for (let k = 0; k < classes; k++) sum += Math.exp(at(logits, t * classes + k) - largest);
    total += largest + Math.log(sum) - at(logits, t * classes + at(ids, t + 1));
  }
  return total / (ids.length - 1);
}

export const ml5Charrnn: Check = {
  name: "ml5-charrnn",
  async compare({ folder, shared, compile }) {
    const weights = readMl5Weights(folder);
    const load = async (options?: ModelOptions): Promise<CompiledModel> => (await compile("ml5-charrnn.model.ts", "charRnn", options))(weights);
    const net = await load();
    const quantised = await Promise.all((["int16", "int8"] as const).map(async (quantize) => ({ quantize, of: await load({ target: "wasm", quantize }) })));
    const expected = JSON.parse(readFileSync(path.join(folder, "expected.json"), "utf8")) as Expected;
    const vocabularyIds = readMl5Vocabulary(folder);
    const text = readFileSync(path.join(shared, "data/tinyshakespeare/input.txt"), "utf8").slice(0, natsCharacters);
    const ids = [...text].map((character) => defined(vocabularyIds[character], `the id of ${JSON.stringify(character)}`));

    const logits = `logits of ${expected.ids.length} characters against TensorFlow.js`;
    const nats = `${reportedNats} nats a character over ${natsCharacters}`;
    return [
      { what: `${logits}, run`, measure: () => difference(net.run({ text: expected.ids })("logits"), expected.logits), bound: 1e-4 },
      { what: `${logits}, stream`, measure: () => difference(streamed(net, expected.ids), expected.logits), bound: 1e-4 },
      { what: `${nats}, run`, measure: () => Math.abs(meanSurprise(net.run({ text: ids })("logits"), ids, vocabulary) - reportedNats), bound: 5e-4 },
      { what: `${nats}, stream`, measure: () => Math.abs(meanSurprise(streamed(net, ids), ids, vocabulary) - reportedNats), bound: 5e-4 },
      ...quantised.flatMap(({ quantize, of }) => [
        { what: `${nats}, ${quantize}, run`, measure: () => Math.abs(meanSurprise(of.run({ text: ids })("logits"), ids, vocabulary) - reportedNats), bound: quantisedBound },
        { what: `${nats}, ${quantize}, stream`, measure: () => Math.abs(meanSurprise(streamed(of, ids), ids, vocabulary) - reportedNats), bound: quantisedBound },
      ]),
    ];
  },
};

/** The logits after each character, one step after another. */
function streamed(net: CompiledModel, ids: readonly number[]): Float32Array {
  const stream = net.stream();
  const logits = new Float32Array(ids.length * vocabulary);
  for (const [t, id] of ids.entries()) logits.set(stream.step({ text: id })("logits"), t * vocabulary);
  return logits;
}
