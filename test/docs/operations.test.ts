/**
 * docs/operations.md is the truth: it has the call of every operation and of every function of the library, as the code has
 * it, the keys of what comes out, and the names of the parameters that are made.
 */
import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { compile } from "../../src/index.js";
import { projectRoot } from "../architecture/source-tree.js";
import { signatures } from "./signatures.js";

interface Row {
  readonly from: string;
  readonly name: string;
  readonly call: string;
  readonly gives: string;
  readonly parameters: string | undefined;
}

const rows: Row[] = readFileSync(path.join(projectRoot, "docs/operations.md"), "utf8").split("\n## ").slice(1).flatMap((section) => {
  const from = /^[\w/]+/.exec(section)?.[0] ?? "";
  return [...section.matchAll(/^\| `((\w+)\(.*?\))` \| (.*?) \|(?: (.*) \|)?$/gm)].map(([, call = "", name = "", gives = "", parameters]) => ({ from, name, call, gives, parameters }));
});

test("it has every call as the code has it, and no other", () => {
  const calls = (all: readonly { readonly from: string; readonly call: string }[]): string[] => all.map(({ from, call }) => `${from} ${call}`).sort();
  expect(calls(rows)).toEqual(calls(signatures()));
});

/** A call of each function of the library, of the inputs of `modelOf`. */
const samples: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  gatefold: {
    linear: "(x, 4)", embedding: "(id, 4)", oneHot: "(id)", layerNorm: "(x)", dropout: "(x, 0.5)", crossEntropy: "(x, label)", sign: "(x)", clamp: "(x, -1, 1)",
  },
  "gatefold/cells": {
    elman: "(xs, 4)", jordan: "(xs, 4, 2)", lstm: "(xs, 4)", lstmStep: "(x, { h, c })", peepholeLstm: "(xs, 4)", coupledLstm: "(xs, 4)", projectedLstm: "(xs, 4, 2)", layerNormLstm: "(xs, 4)",
    gru: "(xs, 4)", gruStep: "(x, { h })", gruResetAfter: "(xs, 4)", minimalGatedUnit: "(xs, 4)", indRnn: "(xs, 4)", bidirectional: "(xs, elman, 4)", stack: "(xs, elman, [4, 4])",
    additiveAttention: "(query, memory, 4)", luongAttention: "(x, memory)", multiHeadAttention: "(x, memory, 2)", selfAttention: "(xs, 2)",
  },
  "gatefold/torch": {
    linear: "(x, { outFeatures: 4 })", embedding: "(id, { embeddingDim: 4 })", layerNorm: "(x)", conv1d: "(xs, { outChannels: 4, kernelSize: 3, padding: 1 })",
    rnn: "(xs, { hiddenSize: 4 })", lstm: "(xs, { hiddenSize: 4 })", gru: "(xs, { hiddenSize: 4 })", rnnCell: "(x, { h })", lstmCell: "(x, { h, c })", gruCell: "(x, { h })",
    multiheadAttention: "(xs, memory, memory, { numHeads: 2 })", transformerEncoderLayer: "(xs, { nhead: 2 })", transformerDecoderLayer: "(xs, memory, { nhead: 2 })",
    transformerEncoder: "(xs, { nhead: 2, numLayers: 1 })", transformerDecoder: "(xs, memory, { nhead: 2, numLayers: 1 })",
  },
  "gatefold/onnx": { rnn: "(xs, { hiddenSize: 4 })", gru: "(xs, { hiddenSize: 4 })", lstm: "(xs, { hiddenSize: 4 })" },
  "gatefold/keras": { simpleRnn: "(xs, { units: 4 })", lstm: "(xs, { units: 4 })", gru: "(xs, { units: 4 })" },
};

function modelOf({ from, name }: Row): string {
  const call = `${name}${samples[from]?.[name] ?? "(): there is no sample of it"}`;
  const own = from === "gatefold" ? [name] : [];
  const others = from === "gatefold" ? "" : `import { ${[...new Set([name, ...(call.includes("elman") ? ["elman"] : [])])].join(", ")} } from "${from}";\n`;
  // An array is no output.
  const result = name === "stack" ? "{ h: made.h, finals: made.finals[1]! }" : "made";
  return `import { ${["type Id", "type Seq", "type Vec", ...own].join(", ")} } from "gatefold";
${others}export function model(xs: Seq<"time", Vec<8>>, memory: Seq<"word", Vec<8>>, x: Vec<8>, query: Vec<8>, h: Vec<4>, c: Vec<4>, id: Id<9>, label: Id<8>) {
  const made = ${call};
  return { made: ${result} };
}
`;
}

describe("what comes out, and what parameters are called:", () => {
  test.each(rows.filter(({ parameters }) => parameters !== undefined).map((row) => [`${row.from} ${row.name}`, row] as const))("%s", (_, row) => {
    const { diagnostics, report } = compile({ file: "m.model.ts", text: modelOf(row) });
    expect(diagnostics).toEqual([]);
    const [model] = report.models;
    const keys = new Set(model?.outputs.flatMap(({ name }) => name.split(".").slice(1, 2)));
    const told = new Set([...row.gives.matchAll(/`(\w+)`/g)].map(([, key]) => key));
    expect([...keys].filter((key) => !told.has(key))).toEqual([]);
    const made = model?.parameters.map(({ name }) => name.replace(/^made\./, "")).sort();
    const { names, open } = namesOf(row.parameters ?? "");
    if (open) expect(names.filter((name) => !made?.some((each) => each.startsWith(name)))).toEqual([]);
    else expect(names.sort()).toEqual(made);
  });
});

/** `a`, `b`, each with `.x`, `.y`; `c`: a.x, a.y, b.x, b.y, c. What follows a `with`, a `for` or an `as` is told of other options. */
function namesOf(cell: string): { readonly names: string[]; readonly open: boolean } {
  const parts = cell.replace(/\([^)]*\)/g, "").split("; ").filter((part) => !/` with `|\bfor\b|^`_/.test(part));
  const words = (text: string): string[] => [...text.matchAll(/`([^`]+)`/g)].map(([, word = ""]) => word);
  const open = /\.\.\.|^as /.test(cell);
  return {
    open,
    names: parts.filter((part) => !part.startsWith("as ") && !part.startsWith("with ")).flatMap((part) => {
      const [bases = "", suffixes] = part.split("each with");
      return suffixes === undefined ? words(bases) : words(bases).flatMap((base) => words(suffixes).map((suffix) => base + suffix));
    }),
  };
}
