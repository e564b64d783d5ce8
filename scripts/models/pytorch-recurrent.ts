/** Cases of nn.RNN, nn.LSTM, nn.GRU and their cells. */
import { at, defined, invariant } from "../../src/support/invariant.js";
import { cut, select, type NdArray } from "./arrays.js";
import { input, output, type Maker } from "./pytorch-case.js";
import { expectZeros, type Member } from "./trial.js";

/** A layer's function in the library, the arguments that it takes besides the sizes, and its states. */
interface Kind {
  readonly function: string;
  readonly options: readonly string[];
  readonly states: readonly string[];
}

const layerOptions = ["input_size", "hidden_size", "num_layers", "bias", "dropout", "bidirectional"];
const cellOptions = ["input_size", "hidden_size", "bias"];

export const recurrentTrials: Readonly<Record<string, Maker>> = {
  "nn.RNN": layer({ function: "rnn", options: [...layerOptions, "nonlinearity"], states: ["h"] }),
  "nn.LSTM": layer({ function: "lstm", options: [...layerOptions, "proj_size"], states: ["h", "c"] }),
  "nn.GRU": layer({ function: "gru", options: layerOptions, states: ["h"] }),
  "nn.RNNCell": cell({ function: "rnnCell", options: [...cellOptions, "nonlinearity"], states: ["h"] }),
  "nn.LSTMCell": cell({ function: "lstmCell", options: cellOptions, states: ["h", "c"] }),
  "nn.GRUCell": cell({ function: "gruCell", options: cellOptions, states: ["h"] }),
};

/** A layer reads whole sequences; in a packed batch each member has a length of its own. */
function layer(kind: Kind): Maker {
  return (description, numbers) => {
    const options = description.options(kind.options);
    const lengths = description.read<readonly number[] | null>("lengths", null);
    const batchAxis = description.read("batch_first", false) ? 0 : 1;
    const x = input(numbers, "x");
    const batch = at(x.shape, batchAxis);
    const timeOf = (array: NdArray) => at(array.shape, 1 - batchAxis);
    invariant(lengths === null || lengths.length === batch, "there is a length for each member");
    const given = kind.states.filter((state) => numbers.inputs[`${state}0`] !== undefined);
    const parameters = given.map((state) => {
      const { shape } = input(numbers, `${state}0`);
      return `${state}0: Seq<"layer", Vec<${at(shape, 2)}>, ${at(shape, 0)}>`;
    });
    const text = `import { type Seq, type Vec } from "gatefold";
import { ${kind.function} } from "gatefold/torch";
export function net(${[`x: Seq<"time", Vec<${at(x.shape, 2)}>>`, ...parameters].join(", ")}) {
  return ${kind.function}(x, { ${[options, ...given.map((state) => `${state}0`)].join(", ")} });
}
`;
    const members = Array.from({ length: batch }, (_, i): Member => {
      const length = lengths === null ? timeOf(x) : at(lengths, i);
      const whole = select(output(numbers, "output"), batchAxis, i);
      expectZeros(cut(whole, 0, length, at(whole.shape, 0)), "output");
      return {
        inputs: { x: cut(select(x, batchAxis, i), 0, 0, length), ...states(given, "0", (key) => select(input(numbers, key), 1, i)) },
        expected: { output: cut(whole, 0, 0, length), ...states(kind.states, "n", (key) => select(output(numbers, key), 1, i)) },
      };
    });
    return { text, weights: numbers.weights, members };
  };
}

/** A cell makes one step; a stepped case calls it for each step of a sequence, [time, batch, features]. */
function cell(kind: Kind): Maker {
  return (description, numbers) => {
    const options = description.options(kind.options);
    const stepped = description.read("stepped", false);
    const x = input(numbers, "x");
    const batchAxis = stepped ? 1 : 0;
    const hidden = at(defined(numbers.weights["weight_hh"], "weight_hh").shape, 1);
    const element = `Vec<${at(x.shape, batchAxis + 1)}>`;
    const given = kind.states.filter((state) => numbers.inputs[`${state}0`] !== undefined);
    const parameters = [`x: ${stepped ? `Seq<"time", ${element}>` : element}`, ...given.map((state) => `${state}0: Vec<${hidden}>`)];
    const start = kind.states.map((state) => `${state}: ${given.includes(state) ? `${state}0` : `zeros(${hidden})`}`).join(", ");
    const finals = (from: string) => kind.states.map((state) => `${state}n: ${from}.${state}`).join(", ");
    const call = (item: string, from: string) => `${kind.function}(${item}, ${from}, { ${options} })`;
    const body = stepped
      ? `  const run = scan(x, { ${start} }, (x, state) => {\n    return ${call("x", "state")};\n  });\n  return { output: run.h, ${finals("run.final")} };`
      : `  const run = ${call("x", `{ ${start} }`)};\n  return { ${finals("run")} };`;
    const text = `import { scan, zeros, type Seq, type Vec } from "gatefold";
import { ${kind.function} } from "gatefold/torch";
export function net(${parameters.join(", ")}) {
${body}
}
`;
    const members = Array.from({ length: at(x.shape, batchAxis) }, (_, i): Member => ({
      inputs: { x: select(x, batchAxis, i), ...states(given, "0", (key) => select(input(numbers, key), 0, i)) },
      expected: {
        ...(stepped ? { output: select(output(numbers, "output"), 1, i) } : {}),
        ...states(kind.states, "n", (key) => select(output(numbers, key), 0, i)),
      },
    }));
    const weights = Object.entries(numbers.weights).map(([name, array]) => [`run.${name}`, array]);
    return { text, weights: Object.fromEntries(weights) as Record<string, NdArray>, members };
  };
}

function states(names: readonly string[], suffix: string, value: (key: string) => NdArray): Record<string, NdArray> {
  return Object.fromEntries(names.map((name) => [`${name}${suffix}`, value(`${name}${suffix}`)]));
}
