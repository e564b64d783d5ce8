/** Names come from outside: none may become code. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { commentText, Names, propertyKey, propertyOf, stringLiteral } from "../../../src/backends/names.js";
import { emitJs } from "../../../src/backends/js/module.js";
import { parseProgram } from "../../../src/ir/program/parse.js";
import type { Buffer, Kernel } from "../../../src/ir/kernel/kernel.js";
import { rewriteKernel } from "../../../src/ir/kernel/traverse.js";
import type { Program } from "../../../src/ir/program/program.js";
import { mapKernels } from "../../../src/ir/program/traverse.js";
import { jsProgramPasses, runProgramPasses } from "../../../src/passes/program/pipelines.js";
import { checkProperty } from "../../support/property.js";
import { elman, hostileNames } from "./programs.js";
import { runModule, testStamp } from "./run-module.js";

const anyText = fc.oneof(fc.constantFrom(...hostileNames), fc.string({ unit: "binary" }), fc.string());

describe("names", () => {
  test("become identifiers, each once, never a reserved word", () => {
    checkProperty(300, fc.array(anyText, { maxLength: 20 }), (hints) => {
      const names = new Names();
      const made = hints.map((hint) => names.fresh(hint, "x"));
      expect(new Set(made).size).toBe(made.length);
      for (const name of made) {
        expect(name).toMatch(/^[A-Za-z][A-Za-z0-9_]*$/);
        expect(() => new Function(`"use strict"; const ${name} = 1; return ${name};`)).not.toThrow();
      }
    });
  });

  test("a name of a function keeps away from those of the module", () => {
    const outer = new Names();
    outer.fresh("h", "x");
    expect(new Names(outer).fresh("h", "x")).toBe("h2");
    expect(new Names(outer, new Set(["h"])).fresh("h", "x")).toBe("h");
  });

  test("string literals mean what was written, in any file", () => {
    checkProperty(300, anyText, (text) => {
      const literal = stringLiteral(text);
      expect(new Function(`return ${literal};`)()).toBe(text);
      expect(literal).not.toMatch(/[\r\n\u2028\u2029]|<\//);
      expect(new Function(`return Object.keys({ ${propertyKey(text)}: 1 })[0];`)()).toBe(text);
      expect(new Function("o", `return ${propertyOf("o", text)};`)(new Map() as never)).toBe((new Map() as never)[text]);
    });
  });

  test("comments end where they should", () => {
    checkProperty(300, anyText, (text) => {
      const comment = commentText(text);
      expect(comment).not.toMatch(/[\r\n\u2028\u2029]|\*\//);
      expect(new Function(`// ${comment}\nreturn 1; /* ${comment} */`)()).toBe(1);
    });
  });
});

/** The same program with every name and source changed. */
function renamed(program: Program, name: (old: string) => string): Program {
  const buffers = new Map<Buffer, Buffer>();
  const buffer = (old: Buffer): Buffer => {
    const known = buffers.get(old) ?? { ...old, name: name(old.name), source: name(`source of ${old.name}`) };
    buffers.set(old, known);
    return known;
  };
  const kernel = (old: Kernel): Kernel => {
    const made = rewriteKernel(old, { buffer });
    return { ...made, name: name(old.name), stores: made.stores.map((store) => ({ ...store, source: name("a store") })) };
  };
  return {
    ...program,
    name: name(program.name),
    inputs: program.inputs.map((input) => ({ ...input, name: name(input.name), buffer: buffer(input.buffer) })),
    parameters: program.parameters.map((parameter) => ({ ...parameter, name: name(parameter.name), buffer: buffer(parameter.buffer) })),
    outputs: program.outputs.map((output) => ({ ...output, name: name(output.name), buffer: buffer(output.buffer) })),
    body: mapKernels(program.body, kernel).map((instruction) =>
      instruction.op !== "loop"
        ? instruction
        : { ...instruction, carried: instruction.carried.map((pair) => ({ current: buffer(pair.current), next: buffer(pair.next), source: name("a state") })) },
    ),
  };
}

test.each(hostileNames)("a model full of the name %j runs as any other", (hostile) => {
  let count = 0;
  const unique = new Map<string, string>();
  const name = (old: string): string => {
    const known = unique.get(old) ?? (count++ % 2 === 0 ? hostile + "\u200b".repeat(count >> 1) : `${"\u200b".repeat(count >> 1)}${hostile}`);
    unique.set(old, known);
    return known;
  };
  const plain = parseProgram(elman);
  const program = runProgramPasses(renamed(plain, name), jsProgramPasses);
  const models = [{ name: hostile, program, stream: { reasons: [hostile] }, doc: hostile }];
  const [js, types] = emitJs({ models, moduleName: "test", stamp: testStamp }).files;
  const module = runModule(js?.text ?? "");
  const weights = { w: Float32Array.from({ length: 12 }, Math.cos), u: Float32Array.from({ length: 16 }, Math.sin) };
  const given = new Map(program.parameters.map(({ name: each }, i) => [each, plain.parameters[i]?.name === "u" ? weights.u : weights.w]));
  const x = [1, 2, 3, 4, 5, 6];
  const input = Object.create(null) as Record<string, unknown>;
  input[program.inputs[0]?.name ?? ""] = x;
  const result = module.load(given).run(input);
  const wanted = runModule(emitJs({ models: [{ name: "elman", program: runProgramPasses(plain, jsProgramPasses), stream: { reasons: [] } }], moduleName: "test", stamp: testStamp }).files[0]?.text ?? "").load(weights).run({ x });
  expect(Object.values(result)).toEqual(Object.values(wanted));
  expect(Object.keys(result)).toEqual(program.outputs.map(({ name: each }) => each));
  expect(types?.text ?? "").not.toMatch(/[\u2028\u2029\r]/);
});
