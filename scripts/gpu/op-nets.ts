/** A net for each operation of the model language and each function of the standard library: what is tried in every mode. */
export interface OpNet {
  readonly name: string;
  readonly group: "operation" | "library";
  readonly text: string;
}

const steps = `xs: Seq<"time", Vec<6>>`;

function net(name: string, group: OpNet["group"], words: string, body: string, inputs = steps, library = ""): OpNet {
  const all = `import { ${["type Seq", "type Vec", "type Id", ...words.split(" ").filter((word) => word !== "")].join(", ")} } from "gatefold";\n`;
  return { name, group, text: `${all}${library === "" ? "" : `${library}\n`}export function net(${inputs}) {\n${body.split("\n").map((line) => `  ${line}`).join("\n")}\n}\n` };
}

const unary = (name: string, argument = "xs"): OpNet => net(name, "operation", name, `return { y: ${name}(${argument}) };`);
const binary = (sign: string, name: string): OpNet => net(`\`${name}\``, "operation", "", `return { y: ${sign} };`, `xs: Seq<"time", Vec<6>>, ys: Seq<"time", Vec<6>>`);
const layer = (name: string, from: string, call: string): OpNet => net(`${from}: ${name}`, "library", "", `const layer = ${call};\nreturn { output: layer.output };`, steps, `import { ${name} } from "gatefold/${from}";`);
const cell = (name: string, call: string, shown: string): OpNet => net(`cells: ${name}`, "library", "", `const layer = ${call};\nreturn { y: layer.${shown} };`, steps, `import { ${name} } from "gatefold/cells";`);

const operations: readonly OpNet[] = [
  ...["exp", "sin", "cos", "tanh", "sigmoid", "relu", "softplus", "silu", "gelu", "erf", "abs", "floor", "layerNorm", "sign"].map((name) => unary(name)),
  unary("log", "xs * xs + 0.1"), unary("sqrt", "xs * xs + 0.1"), unary("log1p", "xs * xs"), unary("stopGradient"), net("real", "operation", "floor real", "return { y: real(floor(xs * 3)) * 0.5 };"),
  binary("xs + ys", "+"), binary("xs - ys", "-"), binary("xs * ys", "*"), binary("xs / (ys * ys + 1)", "/"), binary("xs % 0.3", "%"), binary("(xs * xs + 0.1) ** ys", "**"), binary("xs ** 3", "** 3"),
  binary("xs < ys ? xs : -ys", "<, ?:"), binary("xs <= ys && !(xs > 0) || ys >= 0.5 ? 1.0 : xs", "<=, >, >=, &&, ||, !"), binary("xs === ys ? 1.0 : 2.0", "==="), binary("xs !== ys ? xs : 2.0", "!=="),
  net("max, min of two", "operation", "max min", "return { y: max(xs, 0.1) + min(xs, -0.1) };"),
  net("clamp", "operation", "clamp", "return { y: clamp(xs, -0.3, 0.3) };"),
  ...["sum", "mean", "max", "min", "softmax", "logSoftmax", "logSumExp"].flatMap((name) => [unary(name), net(`${name} along a sequence`, "operation", name, `return { y: ${name}(xs, "time") };`)]),
  unary("argmax"), net("argmax along a sequence", "operation", "argmax", `return { y: argmax(xs, "time") };`),
  net("top", "operation", "top", "const best = top(xs, 3);\nreturn { values: best.values, ids: best.ids };"),
  unary("sample"), net("random", "operation", "random", "return { y: random(xs) * xs };"), net("dropout", "operation", "dropout", "return { y: dropout(xs, 0.4) };"),
  net("param, dot", "operation", "param dot", "return { y: dot(param([5, 6]), xs) };"),
  net("pick", "operation", "pick floor abs map sum", "return { y: map(xs, (x) => pick(x, floor(abs(sum(x)) * 5))) };"),
  net("linear", "operation", "linear", "return { y: linear(xs, 9) };"),
  net("embedding", "operation", "embedding", "return { y: embedding(ids, 5) };", `ids: Seq<"time", Id<11>>`),
  net("oneHot", "operation", "oneHot", "return { y: oneHot(ids) };", `ids: Seq<"time", Id<4>>`),
  net("crossEntropy", "operation", "crossEntropy", "return { y: crossEntropy(xs, ids) };", `xs: Seq<"time", Vec<4>>, ids: Seq<"time", Id<4>>`),
  net("zeros, indices, size", "operation", "zeros indices size real", "return { y: xs + zeros(6) + real(indices(6)) * size(xs) };"),
  net("classes", "operation", "classes real", "return { y: real(ids) / classes(ids) };", `ids: Seq<"time", Id<4>>`),
  net("concat, split", "operation", "concat split", "const [a, b] = split(xs, [2, 4]);\nreturn { y: concat(b, a, xs) };"),
  net("split and concat along a dimension", "operation", "concat split", `const heads = split(xs, 3, "head");\nreturn { y: concat(heads * 2, "head") };`),
  net("scan", "operation", "scan zeros", "const s = scan(xs, { h: zeros(6) }, (x, { h }) => ({ h: h * 0.5 + x }));\nreturn { y: s.h, last: s.final.h };"),
  net("scan, reversed", "operation", "scan zeros", "const s = scan(xs, { h: zeros(6) }, (x, { h }) => ({ h: h * 0.5 + x }), { reverse: true });\nreturn { y: s.h, last: s.final.h };"),
  net("scan in a scan", "operation", "scan zeros range real", `const s = scan(xs, { h: zeros(6) }, (x, { h }) => {\n  const inner = scan(range("turn", 3), { g: h }, (k, { g }) => ({ g: g * 0.5 + x * real(k) }));\n  return { h: inner.final.g };\n});\nreturn { y: s.h };`),
  net("map, at", "operation", "map at", "return { y: map(xs, (x, t) => x + at(xs, t - 1) * 0.5) };"),
  net("slice", "operation", "slice sum", `return { y: sum(slice(xs, 1, 4), "time") };`),
  net("first, last, reverse", "operation", "first last reverse", "return { y: reverse(xs), a: first(xs), b: last(xs) };"),
  net("length, position, range, real", "operation", "length position range real", `return { y: xs * real(position(xs)) / real(length(xs)) };`),
  net("rename", "operation", "rename sum", `return { y: sum(rename(xs, "source") * xs, "source") };`),
];

const library: readonly OpNet[] = [
  ...(["elman", "lstm", "peepholeLstm", "coupledLstm", "layerNormLstm", "gru", "gruResetAfter", "minimalGatedUnit", "indRnn"] as const).map((name) => cell(name, `${name}(xs, 7)`, "h")),
  cell("jordan", "jordan(xs, 7, 3)", "y"),
  cell("projectedLstm", "projectedLstm(xs, 7, 3)", "h"),
  net("cells: bidirectional", "library", "", "return { y: bidirectional(xs, gru, 5) };", steps, `import { bidirectional, gru } from "gatefold/cells";`),
  net("cells: stack", "library", "", "return { y: stack(xs, gru, [5, 4]) };", steps, `import { stack, gru } from "gatefold/cells";`),
  net("cells: additiveAttention", "library", "map", "return { y: map(xs, (x) => additiveAttention(x, ys, 5)) };", `xs: Seq<"time", Vec<6>>, ys: Seq<"source", Vec<6>>`, `import { additiveAttention } from "gatefold/cells";`),
  net("cells: luongAttention", "library", "map", "return { y: map(xs, (x) => luongAttention(x, ys)) };", `xs: Seq<"time", Vec<6>>, ys: Seq<"source", Vec<6>>`, `import { luongAttention } from "gatefold/cells";`),
  net("cells: selfAttention", "library", "", "return { y: selfAttention(xs, 2) };", steps, `import { selfAttention } from "gatefold/cells";`),
  net("cells: selfAttention, causal", "library", "", "return { y: selfAttention(xs, 2, { causal: true }) };", steps, `import { selfAttention } from "gatefold/cells";`),
  layer("rnn", "torch", "rnn(xs, { hiddenSize: 7 })"), layer("lstm", "torch", "lstm(xs, { hiddenSize: 7, numLayers: 2, bidirectional: true })"), layer("gru", "torch", "gru(xs, { hiddenSize: 7 })"),
  net("torch: lstm, projected", "library", "", "const layer = lstm(xs, { hiddenSize: 7, projSize: 3 });\nreturn { output: layer.output };", steps, `import { lstm } from "gatefold/torch";`),
  net("torch: layerNorm", "library", "", "return { y: layerNorm(xs, { normalizedShape: 6 }) };", steps, `import { layerNorm } from "gatefold/torch";`),
  net("torch: conv1d", "library", "", "return { y: conv1d(xs, { outChannels: 4, kernelSize: 3, padding: 1 }) };", steps, `import { conv1d } from "gatefold/torch";`),
  net("torch: multiheadAttention", "library", "", "const layer = multiheadAttention(xs, xs, xs, { numHeads: 2, embedDim: 6 });\nreturn { y: layer.output };", steps, `import { multiheadAttention } from "gatefold/torch";`),
  net("torch: transformerEncoderLayer", "library", "", "return { y: transformerEncoderLayer(xs, { nhead: 2, dModel: 6, dimFeedforward: 8, dropout: 0 }) };", steps, `import { transformerEncoderLayer } from "gatefold/torch";`),
  net("keras: simpleRnn", "library", "", "return simpleRnn(xs, { units: 5 });", steps, `import { simpleRnn } from "gatefold/keras";`),
  net("keras: lstm", "library", "", "return lstm(xs, { units: 5 });", steps, `import { lstm } from "gatefold/keras";`),
  net("keras: gru", "library", "", "return gru(xs, { units: 5 });", steps, `import { gru } from "gatefold/keras";`),
  net("onnx: rnn", "library", "", "return rnn(xs, { hiddenSize: 5 });", steps, `import { rnn } from "gatefold/onnx";`),
  net("onnx: lstm", "library", "", "return lstm(xs, { hiddenSize: 5 });", steps, `import { lstm } from "gatefold/onnx";`),
  net("onnx: gru", "library", "", "return gru(xs, { hiddenSize: 5 });", steps, `import { gru } from "gatefold/onnx";`),
];

export const opNets: readonly OpNet[] = [...operations, ...library];
