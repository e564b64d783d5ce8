/** Cases of nn.MultiheadAttention, Transformer layers, nn.Embedding, nn.LayerNorm, nn.Linear and nn.Conv1d. */
import { at, defined, invariant } from "../../src/support/invariant.js";
import { cut, select, transpose, type NdArray } from "./arrays.js";
import { input, output, type Maker, type Numbers } from "./pytorch-case.js";
import type { Member, Trial } from "./trial.js";

const head = (name: string) => `import { type Id, type Seq, type Vec } from "gatefold";\nimport { ${name} } from "gatefold/torch";\n`;

function widthOf(array: NdArray): number {
  return at(array.shape, array.shape.length - 1);
}


/**
 * Where the case has no memory, keys and values are of the query itself. A case with lengths masks the ends of its keys:
 * here they are a sequence of their own, which is shorter.
 */
const attention: Maker = (description, numbers) => {
  const batchAxis = description.read("batch_first", false) ? 0 : 1;
  const lengths = description.read<readonly number[] | null>("memory_lengths", null);
  const options = description.options(["embed_dim", "num_heads", "bias", "causal", "dropout"]);
  const query = input(numbers, "query");
  const memory = numbers.inputs["memory"] ?? numbers.inputs["key"] ?? query;
  const value = numbers.inputs["value"] ?? memory;
  const itself = memory === query && value === query && lengths === null;
  const keyInputs = itself ? [] : value === memory ? ["memory"] : ["memory", "value"];
  const arrays: Readonly<Record<string, NdArray>> = { memory, value };
  const parameters = [`query: Seq<"time", Vec<${widthOf(query)}>>`, ...keyInputs.map((name) => `${name}: Seq<"source", Vec<${widthOf(defined(arrays[name], name))}>>`)];
  const call = itself ? "query, query, query" : `query, memory, ${value === memory ? "memory" : "value"}`;
  const text = `${head("multiheadAttention")}export function net(${parameters.join(", ")}) {\n  return multiheadAttention(${call}, { ${options} });\n}\n`;
  const members = Array.from({ length: at(query.shape, batchAxis) }, (_, i): Member => {
    const length = lengths === null ? at(memory.shape, 1 - batchAxis) : at(lengths, i);
    const weights = select(output(numbers, "weights"), 0, i);
    invariant(cut(weights, 1, length, at(weights.shape, 1)).data.every((each) => each === 0), "what lies behind the end of the memory has no weight");
    return {
      inputs: { query: select(query, batchAxis, i), ...Object.fromEntries(keyInputs.map((name) => [name, cut(select(defined(arrays[name], name), batchAxis, i), 0, 0, length)])) },
      expected: { output: select(output(numbers, "output"), batchAxis, i), weights: cut(weights, 1, 0, length) },
    };
  });
  return { text, weights: numbers.weights, members };
};

function transformer(name: string): Maker {
  return (description, numbers) => {
    const batchAxis = description.read("batch_first", true) ? 0 : 1;
    const options = description.options(["d_model", "nhead", "dim_feedforward", "dropout", "activation", "layer_norm_eps", "norm_first", "bias", "causal"]);
    const inputs = ["x", "memory"].filter((each) => numbers.inputs[each] !== undefined);
    const parameters = inputs.map((each) => `${each}: Seq<"${each === "x" ? "time" : "source"}", Vec<${widthOf(input(numbers, each))}>>`);
    const text = `${head(name)}export function net(${parameters.join(", ")}) {\n  return ${name}(${inputs.join(", ")}, { ${options} });\n}\n`;
    return singleOutput(text, numbers.weights, numbers, inputs, batchAxis);
  };
}

const embedding: Maker = (description, numbers) => {
  const [classes, size] = [description.require<number>("classes"), description.require<number>("size")];
  description.read("padding_idx", null);
  const text = `${head("embedding")}export function net(x: Seq<"time", Id<${classes}>>) {\n  return embedding(x, { embeddingDim: ${size} });\n}\n`;
  return singleOutput(text, numbers.weights, numbers, ["x"], 0);
};

const layerNorm: Maker = (description, numbers) => {
  const size = description.require<number>("size");
  const options = description.options(["eps", "elementwise_affine", "bias"]);
  const text = `${head("layerNorm")}export function net(x: Vec<${size}>) {\n  return layerNorm(x, { ${options} });\n}\n`;
  return singleOutput(text, numbers.weights, numbers, ["x"], 0);
};

const linear: Maker = (description, numbers) => {
  const options = description.options(["in_features", "out_features", "bias"]);
  const x = input(numbers, "x");
  const element = `Vec<${widthOf(x)}>`;
  const text = `${head("linear")}export function net(x: ${x.shape.length > 2 ? `Seq<"time", ${element}>` : element}) {\n  return linear(x, { ${options} });\n}\n`;
  return singleOutput(text, numbers.weights, numbers, ["x"], 0);
};

/** PyTorch's signals are [batch, channels, time]; here the channels are the vector. */
const convolution: Maker = (description, numbers) => {
  const [inChannels, outChannels] = description.require<readonly [number, number]>("channels");
  const kernel = description.require<number>("kernel");
  const padding = description.read<number | string>("padding", 0);
  const rest = description.options(["stride", "dilation", "groups", "bias"]);
  const left = typeof padding === "string" ? /^left (\d+)$/.exec(padding)?.[1] : undefined;
  const padded = left !== undefined ? `padBefore: ${left}, padAfter: 0` : `padding: ${JSON.stringify(padding)}`;
  const swapped: Numbers = { weights: numbers.weights, inputs: { x: transpose(input(numbers, "x"), [0, 2, 1]) }, outputs: { output: transpose(output(numbers, "output"), [0, 2, 1]) } };
  const same = at(input(swapped, "x").shape, 1) === at(output(swapped, "output").shape, 1);
  const options = [`inChannels: ${inChannels}`, `outChannels: ${outChannels}`, `kernelSize: ${kernel}`, padded, ...(rest === "" ? [] : [rest]), ...(same ? [] : [`along: "frame"`])];
  const text = `${head("conv1d")}export function net(x: Seq<"time", Vec<${inChannels}>>) {\n  return conv1d(x, { ${options.join(", ")} });\n}\n`;
  return singleOutput(text, numbers.weights, swapped, ["x"], 0);
};

/** A model that gives one value, which is then called "output", of a batch along one axis. */
function singleOutput(text: string, weights: Numbers["weights"], numbers: Numbers, inputs: readonly string[], batchAxis: number): Trial {
  const x = input(numbers, defined(inputs[0], "an input"));
  const members = Array.from({ length: at(x.shape, batchAxis) }, (_, i): Member => ({
    inputs: Object.fromEntries(inputs.map((name) => [name, select(input(numbers, name), batchAxis, i)])),
    expected: { output: select(output(numbers, "output"), batchAxis, i) },
  }));
  return { text, weights, members };
}

export const layerTrials: Readonly<Record<string, Maker>> = {
  "nn.MultiheadAttention": attention,
  "nn.TransformerEncoderLayer": transformer("transformerEncoderLayer"),
  "nn.TransformerDecoderLayer": transformer("transformerDecoderLayer"),
  "nn.Embedding": embedding,
  "nn.LayerNorm": layerNorm,
  "nn.Linear": linear,
  "nn.Conv1d": convolution,
};
