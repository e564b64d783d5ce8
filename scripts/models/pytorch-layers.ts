/** Cases of nn.MultiheadAttention, Transformer layers, nn.Embedding, nn.LayerNorm, nn.Linear and nn.Conv1d. */
import { at, defined, invariant } from "../../src/support/invariant.js";
import { cut, join, select, transpose, type NdArray } from "./arrays.js";
import { input, output, type Maker, type Numbers } from "./pytorch-case.js";
import type { Member, Trial } from "./trial.js";

const head = (name: string) => `import { type Id, type Real, type Seq, type Vec } from "gatefold";\nimport { ${name} } from "gatefold/torch";\n`;

function widthOf(array: NdArray): number {
  return at(array.shape, array.shape.length - 1);
}

/**
 * Where the case has no memory, keys and values are of the query itself. A case with lengths masks the ends of its keys:
 * here they are a sequence of their own, which is shorter. A mask of true and false is one of -Infinity and 0 here.
 */
const attention: Maker = (description, numbers) => {
  const batchAxis = description.read("batch_first", false) ? 0 : 1;
  const lengths = description.read<readonly number[] | null>("memory_lengths", null);
  const heads = description.read("num_heads", 1);
  const eachHead = !description.read("average_attn_weights", true);
  const flags = ["bias", "causal", "dropout", "add_bias_kv", "add_zero_attn"];
  const options = [`numHeads: ${heads}`, ...(eachHead ? ["averageAttnWeights: false"] : []), description.options(["embed_dim", "kdim", "vdim", ...flags])];
  const added = [description.read("add_bias_kv", false), description.read("add_zero_attn", false)].filter(Boolean).length;
  const query = input(numbers, "query");
  const memory = numbers.inputs["memory"] ?? numbers.inputs["key"] ?? query;
  const value = numbers.inputs["value"] ?? memory;
  const itself = memory === query && value === query && lengths === null;
  const keyInputs = itself ? [] : value === memory ? ["memory"] : ["memory", "value"];
  const arrays: Readonly<Record<string, NdArray>> = { memory, value };
  const source = itself ? "key" : "source";
  const mask = numbers.inputs["attn_mask"];
  const maskType = mask?.shape.length === 3 ? `Seq<"time", Seq<"head", Seq<"${source}", Real>, ${heads}>>` : `Seq<"time", Seq<"${source}", Real>>`;
  const parameters = [
    `query: Seq<"time", Vec<${widthOf(query)}>>`,
    ...keyInputs.map((name) => `${name}: Seq<"source", Vec<${widthOf(defined(arrays[name], name))}>>`),
    ...(mask === undefined ? [] : [`attnMask: ${maskType}`]),
  ];
  const call = itself ? "query, query, query" : `query, memory, ${value === memory ? "memory" : "value"}`;
  const given = [...options, ...(mask === undefined ? [] : ["attnMask"])].filter((each) => each !== "").join(", ");
  const text = `${head("multiheadAttention")}export function net(${parameters.join(", ")}) {\n  return multiheadAttention(${call}, { ${given} });\n}\n`;
  const members = Array.from({ length: at(query.shape, batchAxis) }, (_, i): Member => {
    const whole = at(memory.shape, 1 - batchAxis);
    const length = lengths === null ? whole : at(lengths, i);
    const weights = select(output(numbers, "weights"), 0, i);
    const axis = weights.shape.length - 1;
    invariant(cut(weights, axis, length, whole).data.every((each) => each === 0), "what lies behind the end of the memory has no weight");
    const seen = join(cut(weights, axis, 0, length), cut(weights, axis, whole, whole + added), axis);
    const own = mask === undefined ? undefined : cut(maskOf(mask, i, heads), mask.shape.length - 1, 0, length);
    return {
      inputs: {
        query: select(query, batchAxis, i),
        ...Object.fromEntries(keyInputs.map((name) => [name, cut(select(defined(arrays[name], name), batchAxis, i), 0, 0, length)])),
        ...(own === undefined ? {} : { attnMask: own }),
      },
      expected: { output: select(output(numbers, "output"), batchAxis, i), weights: eachHead ? transpose(seen, [1, 0, 2]) : seen },
    };
  });
  return { text, weights: numbers.weights, members };
};

/** The mask of one member: [time, source], or [time, head, source] of PyTorch's [batch * heads, time, source]. */
function maskOf(mask: NdArray, member: number, heads: number): NdArray {
  const added = mask.data instanceof Int32Array ? { shape: mask.shape, data: Float32Array.from(mask.data, (masked) => (masked === 0 ? 0 : -Infinity)) } : mask;
  return mask.shape.length === 2 ? added : transpose(cut(added, 0, member * heads, (member + 1) * heads), [1, 0, 2]);
}

/** A stack of layers is one of the same layer's arguments, and says how many there are, and whether it ends in a norm. */
function transformer(name: string): Maker {
  return (description, numbers) => {
    const batchAxis = description.read("batch_first", true) ? 0 : 1;
    const options = description.options(["d_model", "nhead", "dim_feedforward", "dropout", "activation", "layer_norm_eps", "norm_first", "bias", "causal", "num_layers", "final_norm"]);
    // The ends of padded sequences.
    const lengths: Readonly<Record<string, readonly number[] | null>> = { x: description.read("lengths", null), memory: description.read("memory_lengths", null) };
    const inputs = ["x", "memory"].filter((each) => numbers.inputs[each] !== undefined);
    const parameters = inputs.map((each) => `${each}: Seq<"${each === "x" ? "time" : "source"}", Vec<${widthOf(input(numbers, each))}>>`);
    const text = `${head(name)}export function net(${parameters.join(", ")}) {\n  return ${name}(${inputs.join(", ")}, { ${options} });\n}\n`;
    return singleOutput(text, numbers.weights, numbers, inputs, batchAxis, lengths);
  };
}

const embedding: Maker = (description, numbers) => {
  const [classes, size] = [description.require<number>("classes"), description.require<number>("size")];
  const options = description.options(["max_norm", "norm_type", "padding_idx"]);
  const ids = input(numbers, "x");
  const text = `${head("embedding")}export function net(x: ${sequenceOf({ ...ids, shape: [...ids.shape, 1] }, `Id<${classes}>`)}) {\n  return embedding(x, { embeddingDim: ${size}, ${options} });\n}\n`;
  return singleOutput(text, numbers.weights, numbers, ["x"], 0);
};

const layerNorm: Maker = (description, numbers) => {
  const size = description.require<number>("size");
  const options = description.options(["eps", "elementwise_affine", "bias"]);
  const text = `${head("layerNorm")}export function net(x: ${sequenceOf(input(numbers, "x"))}) {\n  return layerNorm(x, { normalizedShape: ${size}, ${options} });\n}\n`;
  return singleOutput(text, numbers.weights, numbers, ["x"], 0);
};

const linear: Maker = (description, numbers) => {
  const options = description.options(["in_features", "out_features", "bias"]);
  const text = `${head("linear")}export function net(x: ${sequenceOf(input(numbers, "x"))}) {\n  return linear(x, { ${options} });\n}\n`;
  return singleOutput(text, numbers.weights, numbers, ["x"], 0);
};

/** PyTorch's signals are [batch, channels, time]; here the channels are the vector. */
const convolution: Maker = (description, numbers) => {
  const [inChannels, outChannels] = description.require<readonly [number, number]>("channels");
  const kernel = description.require<number>("kernel");
  const padding = description.read<number | string>("padding", 0);
  const rest = description.options(["stride", "dilation", "groups", "bias", "padding_mode"]);
  const left = typeof padding === "string" ? /^left (\d+)$/.exec(padding)?.[1] : undefined;
  const padded = left !== undefined ? `padBefore: ${left}, padAfter: 0` : `padding: ${JSON.stringify(padding)}`;
  const swapped: Numbers = { weights: numbers.weights, inputs: { x: transpose(input(numbers, "x"), [0, 2, 1]) }, outputs: { output: transpose(output(numbers, "output"), [0, 2, 1]) } };
  const same = at(input(swapped, "x").shape, 1) === at(output(swapped, "output").shape, 1);
  const options = [`inChannels: ${inChannels}`, `outChannels: ${outChannels}`, `kernelSize: ${kernel}`, padded, ...(rest === "" ? [] : [rest]), ...(same ? [] : [`along: "frame"`])];
  const text = `${head("conv1d")}export function net(x: Seq<"time", Vec<${inChannels}>>) {\n  return conv1d(x, { ${options.join(", ")} });\n}\n`;
  return singleOutput(text, numbers.weights, swapped, ["x"], 0);
};

/** A model that gives one value, which is then called "output", of a batch along one axis. */
function singleOutput(text: string, weights: Numbers["weights"], numbers: Numbers, inputs: readonly string[], batchAxis: number, lengths: Readonly<Record<string, readonly number[] | null>> = {}): Trial {
  const x = input(numbers, defined(inputs[0], "an input"));
  const own = (array: NdArray, name: string, i: number): NdArray => {
    const member = select(array, batchAxis, i);
    const length = lengths[name]?.[i];
    return length === undefined ? member : cut(member, 0, 0, length);
  };
  const members = Array.from({ length: at(x.shape, batchAxis) }, (_, i): Member => ({
    inputs: Object.fromEntries(inputs.map((name) => [name, own(input(numbers, name), name, i)])),
    expected: { output: own(output(numbers, "output"), "x", i) },
  }));
  return { text, weights, members };
}

/** The type of one member of a batch [batch, features], [batch, time, features], or with further axes between. */
function sequenceOf({ shape }: NdArray, vector = `Vec<${at(shape, shape.length - 1)}>`): string {
  return shape.slice(1, -1).reduceRight((element, _, i) => `Seq<"axis${i}", ${element}>`, vector);
}

export const layerTrials: Readonly<Record<string, Maker>> = {
  "nn.MultiheadAttention": attention,
  "nn.TransformerEncoderLayer": transformer("transformerEncoderLayer"),
  "nn.TransformerDecoderLayer": transformer("transformerDecoderLayer"),
  "nn.TransformerEncoder": transformer("transformerEncoder"),
  "nn.TransformerDecoder": transformer("transformerDecoder"),
  "nn.Embedding": embedding,
  "nn.LayerNorm": layerNorm,
  "nn.Linear": linear,
  "nn.Conv1d": convolution,
};
