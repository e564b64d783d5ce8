/**
 * What is wrong with a call, with a file of weights, or with a model that only a program can write: cases that are no model
 * file by themselves. Each is named by its code and by what is wrong; test/errors/cases holds what is said of it.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { commandLine } from "../../src/cli/command-line.js";
import { compile, type CompileOptions } from "../../src/compile.js";
import { readSafetensors, tensorAsFloat32, writeSafetensors } from "../../src/formats/safetensors.js";
import { GraphBuilder } from "../../src/ir/graph/builder.js";
import { readModels } from "../../src/frontend/index.js";
import { streamDimension, streamGraph } from "../../src/passes/graph/stream.js";
import { type Diagnostic, DiagnosticError } from "../../src/support/diagnostics.js";
import { formatDiagnostics } from "../../src/support/diagnostic-format.js";
import { fileOf } from "../formats/safetensors-samples.js";

export interface Said {
  readonly text: string;
  /** What the first diagnostic points at; undefined where it has no place in a text. */
  readonly at?: string;
}

export interface OtherCase {
  readonly name: `GF${number}.${string}`;
  /** What the diagnostic must point at; undefined where it is about no place of a text. */
  readonly at?: string;
  /** What was given, as the documentation shows it. */
  readonly given: string;
  say(): Said | Promise<Said>;
}

export function said(diagnostics: readonly Diagnostic[], sources: ReadonlyMap<string, string>): Said {
  const place = diagnostics[0]?.span;
  const source = place === undefined ? undefined : sources.get(place.file);
  const text = formatDiagnostics(diagnostics, sources, { color: false });
  return place === undefined || source === undefined ? { text } : { text, at: source.slice(place.start, place.end) };
}

// ---- Calls of the compiler.

const net = `import { linear, scan, tanh, zeros, type Seq, type Vec } from "gatefold";
export function net(xs: Seq<"time", Vec<3>>, size = 4) {
  return scan(xs, { h: zeros(size) }, (x, { h }) => {
    const next = tanh(linear(x, size) + linear(h, size));
    return { h: next };
  }).h;
}
`;

const scanText = net.slice(net.indexOf("scan(xs"), net.indexOf(".h;"));

function called(name: OtherCase["name"], options: CompileOptions, at?: string, text = net): OtherCase {
  return {
    name,
    ...(at === undefined ? {} : { at }),
    given: `compile({ file: "net.model.ts", text }, ${JSON.stringify(options)})`,
    say: () => {
      const { diagnostics, sources } = compile({ file: "net.model.ts", text }, options);
      return said(diagnostics, new Map(sources.map((source) => [source.file, source.text])));
    },
  };
}

/** Weights for the net, by how many numbers each has. */
function given(name: OtherCase["name"], counts: Readonly<Record<string, number>>): OtherCase {
  const shown = Object.entries(counts).map(([key, count]) => `${JSON.stringify(key)}: ${count} numbers`).join(", ");
  return {
    ...called(name, {}),
    given: `compile({ file: "net.model.ts", text }, { weights: { ${shown} } })`,
    say: () => {
      const weights = Object.fromEntries(Object.entries(counts).map(([key, count]) => [key, new Float32Array(count)]));
      return said(compile({ file: "net.model.ts", text: net }, { weights }).diagnostics, new Map());
    },
  };
}

/** A model that is wrong; where it is too long to show, `given` tells of it. */
function model(name: OtherCase["name"], text: string, details: { readonly at?: string; readonly given?: string; readonly options?: CompileOptions } = {}): OtherCase {
  const { at, given = text, options = {} } = details;
  return { ...called(name, options, at, text), given };
}

/** A model that is right, and cannot be run step by step. */
function stepped(name: OtherCase["name"], at: string | undefined, text: string): OtherCase {
  return {
    name,
    given: text,
    ...(at === undefined ? {} : { at }),
    say: () => {
      const { models, sources } = readModels({ file: "net.model.ts", text }, { resolve: () => undefined });
      const [declared] = models;
      if (declared === undefined) throw new Error("the model is not right");
      const dim = streamDimension(declared.graph);
      const found = Array.isArray(dim) ? dim : streamGraph(declared.graph, dim as Exclude<typeof dim, readonly Diagnostic[]>);
      return said(Array.isArray(found) ? (found as readonly Diagnostic[]) : [], sources);
    },
  };
}

const nine = Array.from({ length: 9 }, (_, i) => `x${i}`);

/** A draw at a position that is an input: the model language has none. */
function drawn(name: OtherCase["name"]): OtherCase {
  return {
    name,
    given: `compile({ name: "drawn", inputs: [x], outputs: [{ name: "y", node: builder.make("draw", [x], { site: 0 }) }] }, { target: "gpu" })`,
    say: () => {
      const builder = new GraphBuilder();
      const x = builder.make("input", [], { name: "x", type: { kind: "int", dims: [], shape: [1] } });
      return said(compile({ name: "drawn", inputs: [x], outputs: [{ name: "y", node: builder.make("draw", [x], { site: 0 }) }] }, { target: "gpu" }).diagnostics, new Map());
    },
  };
}

// ---- Weights.

function weights(name: OtherCase["name"], given: string, body: () => unknown): OtherCase {
  return {
    name,
    given,
    say: () => {
      try {
        body();
      } catch (thrown) {
        if (thrown instanceof DiagnosticError) return said(thrown.diagnostics, new Map());
        throw thrown;
      }
      throw new Error("nothing was said");
    },
  };
}

function header(name: OtherCase["name"], text: string, bytes = 0): OtherCase {
  return weights(name, `header: ${text}\n${bytes} bytes of data`, () => readSafetensors(fileOf(text, new Uint8Array(bytes)), { file: "net.safetensors" }));
}

// ---- The command line.

const files: Readonly<Record<string, string>> = {
  "net.model.ts": net,
  "two.model.ts": `import { type Vec } from "gatefold";\nexport function one(x: Vec<2>) {\n  return x;\n}\nexport function two(x: Vec<2>) {\n  return x * 2;\n}\n`,
  "binary.model.ts": "\u0000",
  "inputs.json": "[1, 2",
  "out/net.js/kept.txt": "a folder where a file is to be",
  "made/package.json": '{ "type": "commonjs" }',
};

function command(name: OtherCase["name"], ...args: string[]): OtherCase {
  return {
    name,
    given: `$ gatefold ${args.join(" ")}`,
    say: async () => {
      const folder = mkdtempSync(path.join(tmpdir(), "gatefold-errors-"));
      try {
        for (const [file, text] of Object.entries(files)) {
          mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
          writeFileSync(path.join(folder, file), file === "binary.model.ts" ? Uint8Array.of(0xff, 0xfe, 0x00, 0xd8) : text);
        }
        let text = "";
        await commandLine(args, { out: () => {}, err: (each) => (text += each), color: false, cwd: folder });
        return { text: text.replaceAll(folder, "/here") };
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    },
  };
}

const sizes = `export function a(x: Vec<2>) {
  const w = param([2, 3]);
  return dot(w, zeros(3)) + x;
}
export function b(x: Vec<2>) {
  const w = param([2, 4]);
  return dot(w, zeros(4)) + x;
}
`;

export const otherCases: readonly OtherCase[] = [
  model("GF5101.large-weights", `import { linear, type Vec } from "gatefold";\nexport function net(x: Vec<5000>) {\n  return linear(x, 5000);\n}\n`, { options: { target: "gpu" } }),
  drawn("GF5102.computed-counter"),
  model("GF5103.computed-end", `import { argmax, scan, slice, zeros, type Seq, type Vec } from "gatefold";\nexport function net(xs: Seq<"time", Vec<2>>, scores: Vec<9>) {\n  return scan(slice(xs, 0, argmax(scores)), { h: zeros(2) }, (x, { h }) => ({ h: h + x })).final.h;\n}\n`, { options: { target: "gpu" } }),
  model("GF5104.nine-slices", `import { slice, sum, type Seq, type Vec } from "gatefold";\nexport function net(${nine.map((name) => `${name}: Seq<"time", Vec<2>>`).join(", ")}) {\n  return sum(${nine.map((name) => `slice(${name}, 1, 5)`).join(" * ")}, "time");\n}\n`, { options: { target: "gpu" } }),
  model("GF1012.too-large", `// ${"-".repeat(2 ** 20)}\n`, { given: "a model file of more than 2^20 characters" }),
  model("GF1010.brackets", `export const table = ${"[".repeat(20_000)}${"]".repeat(20_000)};\n`, { at: "", given: "export const table = [[[[[[ ... 20,000 of them ... ]]]]]];" }),
  model("GF3005.one-name-two-shapes", `import { dot, param, zeros, type Vec } from "gatefold";\n${sizes}`, { at: "param([2, 4])" }),
  called("GF4004.no-such-model", { models: ["nett"] }),
  called("GF4006.no-such-setting", { settings: { width: 8 } }),
  called("GF4006.not-a-number", { settings: { size: "eight" } }, "size = 4"),
  called("GF5001.leaves-the-folder", { name: "../net" }),
  called("GF5002.no-such-length", { lengths: { space: 3 } }),
  called("GF5003.negative-length", { lengths: { time: -1 } }),
  called("GF5005.no-such-scan", { unroll: { space: "all" } }),
  {
    name: "GF5007.too-deep",
    given: "a model that is written out to more operations in a row than the engine that compiles it can follow",
    // What an engine can take differs from one to the next, so this one runs out by itself.
    say: () => {
      const onDump = (): never => {
        const deeper = (): number => deeper() + 1;
        throw new Error(String(deeper()));
      };
      return said(compile({ file: "net.model.ts", text: net }, { debug: { onDump } }).diagnostics, new Map());
    },
  },
  called("GF5008.no-such-array", { layout: "batch-first", layoutOf: { ys: "time-first" } }),
  called("GF5009.misspelt", JSON.parse('{ "optimize": false }') as CompileOptions),
  called("GF5009.no-such-target", JSON.parse('{ "target": "wasn" }') as CompileOptions),
  called("GF5009.no-such-layout", JSON.parse('{ "layout": "batchFirst" }') as CompileOptions),
  called("GF5009.path-for-bytes", JSON.parse('{ "weights": "net.safetensors" }') as CompileOptions),
  called("GF5010.target", { target: "js", quantize: "int16" }),
  called("GF5010.nothing-to-keep", { keep: ["w"] }),
  called("GF5010.no-such-parameter", { target: "wasm", quantize: "int8", keep: ["decoder.*"] }),
  called("GF5010.no-passes", { target: "wasm", quantize: "int8", optimise: false }),
  called("GF6101.free-length", { unroll: { time: "all" } }, scanText),
  called("GF6102.very-long", { lengths: { time: 1_000_000 }, unroll: { time: "all" } }, scanText),
  called("GF6103.too-many-steps", { unroll: { time: 1_000_000 } }),
  stepped("GF6001.no-sequence", undefined, `import { type Vec } from "gatefold";\nexport function net(x: Vec<8>) {\n  return x * 2;\n}\n`),
  stepped("GF6002.two-sequences", undefined, `import { type Seq, type Vec } from "gatefold";\nexport function net(xs: Seq<"left", Vec<8>>, ys: Seq<"right", Vec<8>>) {\n  return { xs: xs * 2, ys: ys * 2 };\n}\n`),
  stepped("GF6003.mean-of-all", `mean(xs, "time")`, `import { mean, type Seq, type Vec } from "gatefold";\nexport function net(xs: Seq<"time", Vec<8>>) {\n  const centre = mean(xs, "time");\n  return xs - centre;\n}\n`),
  stepped("GF6003.reverse", "scan(xs, { h: zeros(8) }, (x, { h }) => ({ h: h + x }), { reverse: true })", `import { scan, zeros, type Seq, type Vec } from "gatefold";\nexport function net(xs: Seq<"time", Vec<8>>) {\n  return scan(xs, { h: zeros(8) }, (x, { h }) => ({ h: h + x }), { reverse: true }).h;\n}\n`),
  weights("GF7001.cut-off", "a file of 3 bytes", () => readSafetensors(Uint8Array.of(1, 2, 3), { file: "net.safetensors" })),
  weights("GF7002.no-safetensors", "the text of a model file", () => readSafetensors(new TextEncoder().encode(net), { file: "net.model.ts" })),
  weights("GF7003.cut-off", "a header of 1,000 bytes in a file of 10", () => readSafetensors(Uint8Array.of(232, 3, 0, 0, 0, 0, 0, 0, 123, 125), { file: "net.safetensors" })),
  weights("GF7004.latin-1", "a header with the byte 0xE9", () => readSafetensors(Uint8Array.of(4, 0, 0, 0, 0, 0, 0, 0, 123, 34, 0xe9, 125), { file: "net.safetensors" })),
  header("GF7005.not-json", "{'w': 1}"),
  header("GF7005.fraction", `{"w":{"dtype":"F32","shape":[1.0],"data_offsets":[0,4]}}`, 4),
  header("GF7006.twice", `{"w":{"dtype":"F32","shape":[],"data_offsets":[0,4]},"w":{"dtype":"F32","shape":[],"data_offsets":[0,4]}}`, 4),
  header("GF7007.number", `{"__metadata__":{"epoch":3}}`),
  header("GF7008.no-shape", `{"w":{"dtype":"F32","data_offsets":[0,4]}}`, 4),
  header("GF7009.spelling", `{"w":{"dtype":"float32","shape":[],"data_offsets":[0,4]}}`, 4),
  header("GF7010.huge", `{"w":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,4]}}`, 4),
  header("GF7011.overlap", `{"v":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"w":{"dtype":"F32","shape":[],"data_offsets":[4,8]}}`, 8),
  header("GF7012.shape", `{"w":{"dtype":"F32","shape":[2,3],"data_offsets":[0,20]}}`, 20),
  header("GF7013.appended", `{"w":{"dtype":"F32","shape":[],"data_offsets":[0,4]}}`, 6),
  weights("GF7014.integers", "a tensor of I64", () => tensorAsFloat32({ name: "w", dtype: "I64", bytes: new Uint8Array(8) })),
  weights("GF7015.shape", "a tensor of the shape [2, 3] with 5 numbers", () => writeSafetensors(new Map([["w", { dtype: "F32", shape: [2, 3], data: new Float32Array(5) }]]))),
  given("GF7016.all-at-once", { "next.h.weigth": 16, "next.x.weight": 9, "next.x.bias": 4 }),
  given("GF7017.of-another-model", { "next.h.weight": 16, "next.h.bias": 4, "next.x.weight": 12, "next.x.bias": 4, "logits.bias": 3 }),
  given("GF7018.another-size", { "next.h.weight": 64, "next.h.bias": 4, "next.x.weight": 12, "next.x.bias": 4 }),
  command("GF8001.option", "check", "net.model.ts", "--fast"),
  command("GF8001.command", "make", "net.model.ts"),
  command("GF8001.length", "check", "net.model.ts", "--fixed", "time=soon"),
  command("GF8002.no-such-file", "check", "nett.model.ts"),
  command("GF8002.folder", "run", "net.model.ts", "--weights", "out", "-i", "xs=[[1,2,3]]"),
  command("GF8003.other-ending", "check", "net.onnx"),
  command("GF8003.not-utf-8", "check", "binary.model.ts"),
  command("GF8004.folder-in-the-way", "compile", "net.model.ts", "--out", "out"),
  command("GF8004.file-in-the-way", "compile", "net.model.ts", "--out", "inputs.json"),
  command("GF8005.several-models", "run", "two.model.ts", "-i", "x=[1,2]"),
  command("GF8005.no-weights", "run", "net.model.ts", "-i", "xs=[[1,2,3]]"),
  command("GF8005.two-weights", "run", "net.model.ts", "--random", "1", "--weights", "net.safetensors", "-i", "xs=[[1,2,3]]"),
  command("GF8005.two-questions", "inspect", "net.model.ts", "--list", "--after", "simplify"),
  command("GF8006.cut-off", "run", "net.model.ts", "--random", "1", "--inputs", "inputs.json"),
  command("GF8007.size", "run", "two.model.ts", "--models", "two", "-i", "x=[1,2,3]"),
  command("GF8008.no-such-pass", "inspect", "net.model.ts", "--after", "magic"),
  command("GF8009.npm-init", "compile", "net.model.ts", "--out", "made"),
  {
    name: "GF9001.gear",
    given: "what no call should bring about",
    say: async () => {
      let text = "";
      const out = (): never => {
        throw new Error("a gear is missing");
      };
      await commandLine(["--version"], { out, err: (each) => (text += each), color: false, cwd: "." });
      return { text };
    },
  },
];
