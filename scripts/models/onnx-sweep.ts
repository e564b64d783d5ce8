/** Nodes LSTM, GRU and RNN of ONNX with random weights, and what onnxruntime answers: a JSON file for each. */
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { at, defined, invariant } from "../../src/support/invariant.js";
import { cut, select, type NdArray } from "./arrays.js";
import type { ConformanceCase, Suite } from "./conformance.js";
import { expectZeros, type Member, type Trial } from "./trial.js";

interface StoredArray {
  readonly dtype: "float32" | "int32";
  readonly dims: readonly number[];
  readonly data: readonly number[];
}

interface StoredCase {
  readonly op: string;
  readonly attributes: Readonly<Record<string, unknown>>;
  /** The node's inputs in ONNX's order; an empty name is an input that is left out. */
  readonly nodeInputs: readonly string[];
  readonly inputs: Readonly<Record<string, StoredArray>>;
  readonly outputs: Readonly<Record<string, StoredArray>>;
}

/** The inputs of each operator, in ONNX's order, and how many functions a direction has. */
const operators = {
  RNN: { inputs: ["X", "W", "R", "B", "sequence_lens", "initial_h"], activations: 1 },
  GRU: { inputs: ["X", "W", "R", "B", "sequence_lens", "initial_h"], activations: 2 },
  LSTM: { inputs: ["X", "W", "R", "B", "sequence_lens", "initial_h", "initial_c", "P"], activations: 3 },
} as const;

const isOperator = (op: string): op is keyof typeof operators => Object.hasOwn(operators, op);

export const onnxSweep: Suite = {
  option: "--onnx-sweep",
  folder: "conformance/onnx-sweep",
  discover: (folder) =>
    readdirSync(folder).filter((file) => file.endsWith(".json")).sort().map((file): ConformanceCase => {
      const name = path.basename(file, ".json");
      try {
        const stored = JSON.parse(readFileSync(path.join(folder, file), "utf8")) as StoredCase;
        return { name, kind: stored.op, make: () => trialOf(stored) };
      } catch (thrown) {
        const fail = (): never => {
          throw thrown;
        };
        return { name, kind: "unreadable", make: fail };
      }
    }),
};

function trialOf({ op, attributes, nodeInputs, inputs: stored, outputs }: StoredCase): Trial {
  invariant(isOperator(op), () => `the operator ${op} is not known here`);
  const operator = operators[op];
  const inputs = new Map<string, NdArray>();
  for (const [i, name] of nodeInputs.entries()) if (name !== "") inputs.set(at(operator.inputs, i), arrayOf(defined(stored[name], `the input ${name}`)));
  const { hidden_size: declaredSize, direction = "forward", layout = 0, ...rest } = attributes;
  const [X, W, R] = ["X", "W", "R"].map((name) => defined(inputs.get(name), name)) as [NdArray, NdArray, NdArray];
  const directions = at(W.shape, 0);
  const hiddenSize = at(R.shape, 2);
  invariant(declaredSize === undefined || declaredSize === hiddenSize, `hidden_size is ${String(declaredSize)}, R says ${hiddenSize}`);
  // With layout 1 the batch comes first, and the directions after it.
  const batchFirst = layout === 1;
  const [batchOfX, timeOfX] = batchFirst ? [0, 1] : [1, 0];
  const batchOfState = batchFirst ? 0 : 1;
  const batchOfY = batchFirst ? 0 : 2;
  const batch = at(X.shape, batchOfX);
  const longest = at(X.shape, timeOfX);

  const states = ["initial_h", "initial_c"].filter((name) => inputs.has(name));
  const given = [`X: Seq<"time", Vec<${at(X.shape, 2)}>>`, ...states.map((name) => `${camel(name)}: Seq<"direction", Vec<${hiddenSize}>, ${directions}>`)];
  const options = {
    hiddenSize,
    direction,
    ...optionsOf(rest, operator.activations * directions, op),
    bias: inputs.has("B"),
    ...(inputs.has("P") ? { peepholes: true } : {}),
    // What onnxruntime answers for a sequence of no elements.
    zeroWhenEmpty: true,
  };
  const optionText = [...Object.entries(options).map(([key, value]) => `${key}: ${JSON.stringify(value)}`), ...states.map(camel)].join(", ");
  const shown = Object.keys(outputs).map((key) => `${key}: run.${key}`).join(", ");
  const text = `import { type Seq, type Vec } from "gatefold";
import { ${op.toLowerCase()} } from "gatefold/onnx";
export function net(${given.join(", ")}) {
  const run = ${op.toLowerCase()}(X, { ${optionText} });
  return { ${shown} };
}
`;
  const lengths = inputs.get("sequence_lens");
  const members = Array.from({ length: batch }, (_, i): Member => {
    const length = lengths === undefined ? longest : at(lengths.data, i);
    const x = cut(select(X, batchOfX, i), 0, 0, length);
    const expected = Object.entries(outputs).map(([key, array]): [string, NdArray] => {
      if (key !== "Y") return [key, select(arrayOf(array), batchOfState, i)];
      const whole = select(arrayOf(array), batchOfY, i);
      expectZeros(cut(whole, 0, length, longest), key);
      return [key, cut(whole, 0, 0, length)];
    });
    const given = states.map((name): [string, NdArray] => [camel(name), select(defined(inputs.get(name), name), batchOfState, i)]);
    return { inputs: { X: x, ...Object.fromEntries(given) }, expected: Object.fromEntries(expected) };
  });
  const weights = ["W", "R", "B", "P"].flatMap((name): [string, NdArray][] => {
    const array = inputs.get(name);
    return array === undefined ? [] : [[`run.${name}`, array]];
  });
  return { text, weights: Object.fromEntries(weights), members };
}

/** The attributes that say what is computed, as the library's options. One that is not known is an error, never passed over. */
function optionsOf(attributes: Readonly<Record<string, unknown>>, functions: number, op: string): Record<string, unknown> {
  const { activations, activation_alpha: alphas, activation_beta: betas, ...rest } = attributes;
  const options: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(rest)) {
    if (key === "clip") options["clip"] = value;
    else if (key === "linear_before_reset" && op === "GRU") options["linearBeforeReset"] = value !== 0;
    else if (key === "input_forget" && op === "LSTM") options["inputForget"] = value !== 0;
    else throw new Error(`the attribute ${key} of ${op} is not known here`);
  }
  if (activations === undefined) return options;
  const names = (activations as readonly string[]).map((name) => defined(activationNames.find((each) => each.toLowerCase() === name.toLowerCase()), `the activation ${name}`));
  invariant(names.length === functions, `${names.length} activations, ${functions} are needed`);
  options["activations"] = names;
  const [alpha, beta] = [[...((alphas as readonly number[] | undefined) ?? [])], [...((betas as readonly number[] | undefined) ?? [])]];
  // onnxruntime takes 0 where a list is used up and the operator of that name has no usual value in it.
  const usual = (name: string): [number | undefined, number | undefined] => onnxruntimeArguments[name] ?? [undefined, undefined];
  options["activationAlpha"] = names.flatMap((name) => (usual(name)[0] === undefined ? [] : [alpha.shift() ?? usual(name)[0]]));
  options["activationBeta"] = names.flatMap((name) => (usual(name)[1] === undefined ? [] : [beta.shift() ?? usual(name)[1]]));
  return options;
}

const activationNames = ["Relu", "Tanh", "Sigmoid", "Affine", "LeakyRelu", "ThresholdedRelu", "ScaledTanh", "HardSigmoid", "Elu", "Softsign", "Softplus"];

const onnxruntimeArguments: Readonly<Record<string, [number, number | undefined]>> = {
  Affine: [0, 0], LeakyRelu: [0.01, undefined], ThresholdedRelu: [0, undefined], ScaledTanh: [0, 0], HardSigmoid: [0.2, 0.5], Elu: [1, undefined],
};

function arrayOf({ dtype, dims, data }: StoredArray): NdArray {
  return { shape: dims, data: dtype === "int32" ? Int32Array.from(data) : Float32Array.from(data) };
}

/** initial_h as initialH. */
function camel(name: string): string {
  return name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
}
