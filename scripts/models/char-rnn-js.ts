/** char-rnn.js's model of three LSTMs over bytes, held against what that program says after each character. */
import { readFileSync } from "node:fs";
import path from "node:path";
import { invariant } from "../../src/support/invariant.js";
import type { Check } from "./check.js";
import { type Comparison, difference } from "./table.js";
import { readTensors, type Tensor } from "./tensors.js";

const layers = ["first", "second", "third"] as const;

interface Expected {
  readonly cases: readonly {
    readonly text: string;
    /** After each character, the probability of each byte. */
    readonly probs: readonly (readonly number[])[];
    /** c and h of each layer, after the last character. */
    readonly state_after: readonly number[];
  }[];
}

function weights(folder: string): Record<string, Tensor> {
  const tensor = readTensors(path.join(folder, "weights"));
  const result: Record<string, Tensor> = { "projection.weight": tensor("proj_w"), "projection.bias": tensor("proj_b") };
  for (const [index, layer] of layers.entries()) {
    for (const [ours, theirs] of [["x", "i2h"], ["h", "h2h"]] as const) {
      result[`${layer}.gates.${ours}.weight`] = tensor(`l${index + 1}_${theirs}_w`);
      result[`${layer}.gates.${ours}.bias`] = tensor(`l${index + 1}_${theirs}_b`);
    }
  }
  return result;
}

/** Its vocabulary numbers the bytes that it knows in order: two control characters, then the printable ones from the blank on. */
function byteId(character: string): number {
  const code = character.charCodeAt(0);
  invariant(code >= 32 && code < 127, () => `${JSON.stringify(character)} is no printable ASCII character`);
  return code - 32 + 2;
}

export const charRnnJs: Check = {
  name: "char-rnn-js",
  async compare({ folder, compile }) {
    const net = await (await compile("char-rnn-js.model.ts", "charRnn"))(weights(folder));
    const { cases } = JSON.parse(readFileSync(path.join(folder, "expected.json"), "utf8")) as Expected;
    return cases.flatMap(({ text, probs, state_after }): Comparison[] => {
      const ids = [...text].map(byteId);
      const comparison = (what: string, found: () => ArrayLike<number>, expected: ArrayLike<number>): Comparison => ({
        what: `${JSON.stringify(text)}, ${what}`,
        measure: () => difference(found(), expected),
        bound: 1e-5,
      });
      const stepped = (): number[] => {
        const stream = net.stream();
        return ids.flatMap((id) => [...stream.step({ text: id })("probabilities")]);
      };
      const states = (): number[] => {
        const run = net.run({ text: ids });
        return layers.flatMap((layer) => ["c", "h"].flatMap((state) => [...run(`states.${layer}.${state}`)]));
      };
      return [
        comparison("probabilities, run", () => net.run({ text: ids })("probabilities"), probs.flat()),
        comparison("probabilities, stream", stepped, probs.flat()),
        comparison("final states, run", states, state_after),
      ];
    });
  },
};
