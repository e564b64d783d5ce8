/** The passes for targets whose kernels write one buffer as a whole: they keep what a program means, and count what they should. */
import { describe, expect, test } from "vitest";
import { interpretProgram } from "../../../src/ir/program/interpret.js";
import { checkProgram } from "../../../src/ir/program/verify.js";
import { lowerGraph } from "../../../src/passes/lower/index.js";
import { gpuProgramPasses } from "../../../src/passes/program/pipelines.js";
import { collectedRow } from "../../../src/passes/program/collect-rows.js";
import { isDrawKernel } from "../../../src/passes/program/draws-apart.js";
import { limitLoads } from "../../../src/passes/program/limit-loads.js";
import { isWhole } from "../../../src/passes/program/whole-stores.js";
import type { Instruction, Loop, Program } from "../../../src/ir/program/program.js";
import { Model } from "../graph/language.js";
import { programCase } from "../../ir/program/random-programs.js";
import { arbitraryCell, arbitraryGraph } from "../../random/graphs.js";
import { checkProperty } from "../../support/property.js";
import { differences } from "../../support/rounded.js";

describe.each([
  { what: "graphs", arbitrary: arbitraryGraph() },
  { what: "cells", arbitrary: arbitraryCell() },
])("passes for the GPU over random $what", ({ arbitrary }) => {
  test("keep what a program means, each of them", () => {
    checkProperty(60, arbitrary, ({ graph }) => {
      const { options, expected } = programCase(graph, 5);
      let program: Program = lowerGraph(graph);
      for (const { name, run } of [...gpuProgramPasses, { name: "limit-loads, of two", run: limitLoads({ loads: 2 }) }]) {
        program = run(program);
        checkProgram(program, name);
        expect(differences(interpretProgram(program, options), expected, 1e-6), name).toEqual([]);
      }
      expect(faults(program)).toEqual([]);
    });
  });
});

test("an input that stands in for another one is moved by a kernel", () => {
  const m = new Model();
  const xs = m.input("xs", [m.seq("time")], 2);
  const lowered = lowerGraph(m.graph({ y: m.add(xs, m.b.make("input", [xs], { name: "ys", type: xs.type })) }));
  const program = gpuProgramPasses.reduce((each, { run }) => run(each), lowered);
  checkProgram(program, "the passes");
  expect(faults(program)).toEqual([]);
  expect(Array.from(interpretProgram(program, { inputs: { xs: [1, 2, 3, 4] }, lengths: { time: 2 } })["y"] ?? [])).toEqual([2, 4, 6, 8]);
});

/** What a kernel does that such a target cannot do. */
function faults(program: Program): string[] {
  const found: string[] = [];
  const visit = (list: readonly Instruction[], loop: Loop | undefined): void => {
    for (const instruction of list) {
      if (instruction.op === "loop") visit(instruction.body, instruction);
      if (instruction.op !== "kernel") continue;
      const { kernel } = instruction;
      const [store] = kernel.stores;
      if (store === undefined || kernel.stores.length !== 1) found.push(`${kernel.name} has ${kernel.stores.length} stores`);
      else if (!isWhole(kernel, store) && collectedRow(kernel, loop) === undefined && !isDrawKernel(kernel)) found.push(`${kernel.name} writes a part of ${store.buffer.name}`);
    }
  };
  visit(program.prepare, undefined);
  visit(program.body, undefined);
  for (const { fallback = [] } of program.inputs) visit(fallback.map((kernel): Instruction => ({ op: "kernel", kernel })), undefined);
  return found;
}
