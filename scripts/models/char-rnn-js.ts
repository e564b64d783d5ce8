/** char-rnn.js's model of three LSTMs over bytes, held against what that program says after each character. */
import { readFileSync } from "node:fs";
import path from "node:path";
import { invariant } from "../../src/support/invariant.js";
import type { Check } from "./check.js";
import { difference, type Row } from "./table.js";
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
  async rows({ folder, compile }) {
    const net = await (await compile("char-rnn-js.model.ts", "charRnn"))(weights(folder));
    const { cases } = JSON.parse(readFileSync(path.join(folder, "expected.json"), "utf8")) as Expected;
    const rows: Row[] = [];
    for (const { text, probs, state_after } of cases) {
      const ids = [...text].map(byteId);
      const stream = net.stream();
      const streamed = ids.flatMap((id) => [...stream.step({ text: id })("probabilities")]);
      const run = net.run({ text: ids });
      const states = layers.flatMap((layer) => ["c", "h"].flatMap((state) => [...run(`states.${layer}.${state}`)]));
      const row = (what: string, found: ArrayLike<number>, expected: ArrayLike<number>): Row => ({
        model: "char-rnn-js",
        what: `${JSON.stringify(text)}, ${what}`,
        difference: difference(found, expected),
        bound: 1e-5,
      });
      rows.push(row("probabilities, run", run("probabilities"), probs.flat()));
      rows.push(row("probabilities, stream", streamed, probs.flat()));
      rows.push(row("final states, run", states, state_after));
    }
    return rows;
  },
};
