/** Streams: every pass over their programs, held step by step against the graph's interpreter, on random programs. */
import { describe, expect, test } from "vitest";
import { evaluateLength } from "../../../src/ir/graph/length.js";
import type { Dim, Graph, ValueType } from "../../../src/ir/graph/node.js";
import { outputType } from "../../../src/ir/graph/types.js";
import { interpretStream } from "../../../src/ir/program/interpret.js";
import type { StreamProgram } from "../../../src/ir/program/program.js";
import { checkProgram } from "../../../src/ir/program/verify.js";
import { streamDimension, streamGraph } from "../../../src/passes/graph/stream.js";
import { lowerStream } from "../../../src/passes/lower/index.js";
import { runPasses } from "../../../src/passes/pass.js";
import { graphPasses } from "../../../src/passes/pipelines.js";
import { gpuStreamPasses, jsProgramPasses, plainProgramPasses, runStreamPasses, wasmStreamPasses } from "../../../src/passes/program/pipelines.js";
import { programCase, type ProgramCase } from "../../ir/program/random-programs.js";
import { arbitraryCell, arbitraryGraph } from "../../random/graphs.js";
import { checkProperty } from "../../support/property.js";
import { differences } from "../../support/rounded.js";

const pipelines = { plain: plainProgramPasses, js: jsProgramPasses, wasm: wasmStreamPasses, gpu: gpuStreamPasses };

/** The part of an array at one position of a dimension. */
function rowAt(data: ArrayLike<number>, type: ValueType, dim: Dim, position: number, lengths: Readonly<Record<string, number>>): number[] {
  const sizes = [...type.dims.map(({ length }) => evaluateLength(length, (name) => lengths[name] ?? 0)), ...type.shape];
  const axis = type.dims.indexOf(dim);
  const inner = sizes.slice(axis + 1).reduce((product, size) => product * size, 1);
  return Array.from(data).filter((_, i) => Math.floor(i / inner) % (sizes[axis] ?? 1) === position);
}

function checkStream(lowered: StreamProgram, { options, expected }: ProgramCase, rows: (values: ProgramCase["expected"], t: number) => Record<string, ArrayLike<number>>, count: number): void {
  const steps = Array.from({ length: count }, (_, t) => rows(options.inputs ?? {}, t));
  const check = (what: string, stream: StreamProgram): void => {
    checkProgram(stream.program, what, stream.histories);
    const wanted = new Set(stream.program.outputs.map(({ name }) => name));
    interpretStream(stream, options, steps).forEach((given, t) => {
      const row = Object.fromEntries(Object.entries(rows(expected, t)).filter(([name]) => wanted.has(name)));
      expect(differences(given, row, 1e-9), `${what}, step ${t}`).toEqual([]);
    });
  };
  check("lowered", lowered);
  for (const [target, passes] of Object.entries(pipelines)) {
    for (let last = 1; last <= passes.length; last++) check(`for ${target}, up to ${passes[last - 1]?.name}`, runStreamPasses(lowered, passes.slice(0, last)));
  }
}

/** Whether the graph streams; if it does, it must give step by step what it gives as a whole. */
function checkGraph(graph: Graph): boolean {
  const canonical = runPasses(graph, graphPasses);
  const dim = streamDimension(canonical);
  if (!("name" in dim)) return false;
  const streamed = streamGraph(canonical, dim);
  if (!("graph" in streamed)) return false;
  const { over } = streamed;
  const outputs = streamed.graph.outputs.filter(({ node }) => node.op === "scanOutput" && node.attributes.region.over === over);
  const types = new Map([...canonical.inputs.map(({ attributes, type }) => [attributes.name, type] as const), ...canonical.outputs.map((output) => [output.name, outputType(output)] as const)]);
  const run = programCase(graph, 8);
  const lengths = run.options.lengths ?? {};
  const rows = (values: ProgramCase["expected"], t: number): Record<string, ArrayLike<number>> =>
    Object.fromEntries(Object.entries(values).flatMap(([name, data]) => {
      const type = types.get(name);
      return type === undefined || !type.dims.includes(dim) ? [] : [[name, rowAt(data, type, dim, t, lengths)]];
    }));
  checkStream(lowerStream({ ...streamed.graph, outputs }), run, rows, evaluateLength(dim.length, (name) => lengths[name] ?? 0));
  return true;
}

describe.each([
  { what: "graphs", arbitrary: arbitraryGraph() },
  { what: "cells", arbitrary: arbitraryCell() },
])("streams of random $what", ({ arbitrary }) => {
  test("mean the same after each pass, and pass the verifier", () => {
    let streams = 0;
    checkProperty(60, arbitrary, ({ graph }) => {
      if (checkGraph(graph)) streams++;
    });
    expect(streams).toBeGreaterThan(10);
  });
});
