/** Kernels for four numbers a place mean what they were made of; and they read a fourth of what those read. */
import { describe, expect, test } from "vitest";
import { joinTwins, twinsOf } from "../../../src/backends/gpu/twins.js";
import { quadKernel } from "../../../src/backends/gpu/quad-kernel.js";
import { quadBuffers } from "../../../src/backends/gpu/quads.js";
import { compile } from "../../../src/compile.js";
import { readModels } from "../../../src/frontend/index.js";
import { staticLength } from "../../../src/ir/graph/length.js";
import { internKernel } from "../../../src/ir/kernel/intern.js";
import type { Buffer, Kernel } from "../../../src/ir/kernel/kernel.js";
import { interpretProgram } from "../../../src/ir/program/interpret.js";
import type { Instruction, Program } from "../../../src/ir/program/program.js";
import { visitInstructions } from "../../../src/ir/program/traverse.js";
import { lowerGraph } from "../../../src/passes/lower/index.js";
import { collectedRow } from "../../../src/passes/program/collect-rows.js";
import { gpuProgramPasses, runProgramPasses } from "../../../src/passes/program/pipelines.js";
import { defined } from "../../../src/support/invariant.js";
import { programCase } from "../../ir/program/random-programs.js";
import { arbitraryCell, arbitraryGraph } from "../../random/graphs.js";
import { checkProperty } from "../../support/property.js";
import { differences } from "../../support/rounded.js";

function graphOf(library: string, names: string, body: string) {
  const text = `import { map, softmax, sum, argmax, type Seq, type Vec } from "gatefold";\nimport { ${names} } from "gatefold/${library}";\nexport function net(xs: Seq<"time", Vec<10>>) {\n  return ${body};\n}\n`;
  return defined(readModels({ file: "net.model.ts", text }, { resolve: () => undefined }).models[0], "the model").graph;
}

/** The kernels that GL gets, with what they store still in places that the interpreter has. */
function inFours(program: Program): Program {
  const quads = quadBuffers(program, { collected: collectedRow, direct: new Set() });
  const isQuad = (buffer: Buffer): boolean => quads.has(buffer) && (staticLength(defined(buffer.shape.at(-1), "an axis")) ?? 1) % 4 === 0;
  const list = (instructions: readonly Instruction[], inLoop: boolean): readonly Instruction[] => {
    const groups = inLoop ? twinsOf(instructions, { mayStore: isQuad, loads: 12, stores: 4 }) : new Map<Kernel, readonly Kernel[]>();
    const early = new Set([...groups.values()].flatMap((group) => group.slice(0, -1)));
    return instructions.flatMap((instruction): readonly Instruction[] => {
      if (instruction.op === "loop") return [{ ...instruction, body: list(instruction.body, true) }];
      if (instruction.op !== "kernel") return [instruction];
      if (early.has(instruction.kernel)) return [];
      const group = groups.get(instruction.kernel);
      const kernel = group === undefined ? instruction.kernel : joinTwins(group);
      return [{ op: "kernel", kernel: quadKernel(internKernel(kernel), isQuad) }];
    });
  };
  return { ...program, prepare: list(program.prepare, false), body: list(program.body, false) };
}

const nets = [
  { what: "an LSTM", library: "torch", names: "lstm", body: "{ y: lstm(xs, { hiddenSize: 8 }).output }", stores: 2 },
  { what: "a GRU", library: "torch", names: "gru", body: "{ y: gru(xs, { hiddenSize: 8 }).output }", stores: 1 },
  { what: "an LSTM with peepholes", library: "cells", names: "peepholeLstm", body: "{ y: peepholeLstm(xs, 12).h }", stores: 2 },
  { what: "an LSTM with layer norms", library: "cells", names: "layerNormLstm", body: "{ y: layerNormLstm(xs, 8).h }", stores: 2 },
  { what: "a Jordan net", library: "cells", names: "jordan", body: "{ y: jordan(xs, 8, 4).y }", stores: 1 },
  { what: "a convolution", library: "torch", names: "conv1d", body: "{ y: conv1d(xs, { outChannels: 8, kernelSize: 3, padding: 1 }) }", stores: 1 },
  { what: "attention, causal", library: "cells", names: "selfAttention, elman", body: "{ y: selfAttention(elman(xs, 8).h, 2, { causal: true }) }", stores: 1 },
  { what: "choices", library: "cells", names: "elman", body: "{ y: map(xs, (x) => argmax(x)), z: softmax(elman(xs, 8).h) }", stores: 1 },
] as const;

describe.each(nets)("$what", ({ library, names, body, stores }) => {
  const graph = graphOf(library, names, body);
  const program = runProgramPasses(lowerGraph(graph), gpuProgramPasses);
  const quads = inFours(program);

  test("means the same", () => {
    const { options, expected } = programCase(graph, 3);
    expect(differences(interpretProgram(quads, options), expected, 1e-6)).toEqual([]);
  });

  test(`puts out at most ${stores} textures with one dispatch of a step`, () => {
    const made: number[] = [];
    visitInstructions(quads.body, (instruction) => {
      if (instruction.op === "loop") visitInstructions(instruction.body, (each) => each.op === "kernel" && made.push(new Set(each.kernel.stores.map(({ buffer }) => buffer)).size));
    });
    expect(Math.max(1, ...made)).toBe(stores);
  });
});

describe.each([
  { what: "graphs", arbitrary: arbitraryGraph() },
  { what: "cells", arbitrary: arbitraryCell() },
])("over random $what", ({ arbitrary }) => {
  test("programs in fours mean what they did", () => {
    checkProperty(60, arbitrary, ({ graph }) => {
      const { options, expected } = programCase(graph, 5);
      expect(differences(interpretProgram(inFours(runProgramPasses(lowerGraph(graph), gpuProgramPasses)), options), expected, 1e-6)).toEqual([]);
    });
  });
});

test("a step of an LSTM reads each place of its weights once, and the state once for every place", () => {
  const text = `import { type Seq, type Vec } from "gatefold";\nimport { lstm } from "gatefold/torch";\nexport function net(xs: Seq<"time", Vec<64>>) {\n  return { y: lstm(xs, { hiddenSize: 128 }).output };\n}\n`;
  const { report } = compile({ file: "net.model.ts", text }, { target: "gpu" });
  const gpu = defined(report.models[0]?.gpu, "the figures");
  const step = defined(gpu.kernels.find(({ quads }) => quads?.includes("keep0(")), "the kernel of a step").quads ?? "";
  // Four gates of four elements each, and the state, for four terms of their sums; 32 places of 32 turns.
  const loop = /for \(let \w+ = 0; \w+ < (\d+); \w+\+\+\) \{\n([\s\S]*?)\n {2}\}/g;
  const reads = [...step.matchAll(loop)].map(([, turns = "0", body = ""]) => Number(turns) * (body.match(/quadAt\(/g) ?? []).length);
  expect(reads.reduce((sum, each) => sum + each, 0)).toBeLessThanOrEqual(32 * (16 + 2));
  expect(gpu.run.loops).toMatchObject([{ dispatches: 2, dispatchesInGl: 1 }]);
});
