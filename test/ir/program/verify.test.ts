/** A broken program for each invariant: a sound one, with one change of its text or its parts. */
import { describe, expect, test } from "vitest";
import { parseProgram } from "../../../src/ir/program/parse.js";
import type { Loop, Program } from "../../../src/ir/program/program.js";
import { programInvariants, verifyProgram, verifyStream, type ProgramInvariant } from "../../../src/ir/program/verify.js";
import { planBuffers } from "../../../src/passes/program/plan-buffers.js";
import { defined } from "../../../src/support/invariant.js";

const text = `program net (time) {
  input x = x {time}[2]
  input start = start [2] or {
    kernel zero stage 0 (j:2) {
      start[j] = 0.0
    }
  }
  parameter w = w [2]
  output y = y {time}[2]
  output last = last [2]
  buffer x: input float32[time,2]
  buffer start: input float32[2]
  buffer w: parameter float32[2]
  buffer squared: prepared float32[2]
  buffer s: state float32[2]
  buffer next: state float32[2]
  buffer m: temporary float32[2]
  buffer y: output float32[time,2]
  buffer last: output float32[2]
  prepare {
    kernel square stage 0 (j:2) {
      squared[j] = (w[j] * w[j])
    }
  }
  body {
    copy start to s
    loop t:time over time carry s to next {
      kernel product stage 0 (j:2) {
        m[j] = (squared[j] * x[t,j])
      }
      kernel step stage 1 (j:2) {
        next[j] = (s[j] + m[j])
        y[t,j] = m[j]
      }
    }
    kernel end stage 0 (j:2) {
      last[j] = s[j]
    }
  }
}
`;

const sound = parseProgram(text);

/** The text with one part replaced, which must be there. */
function changed(from: string, to: string): Program {
  if (!text.includes(from)) throw new Error(`the program has no ${from}`);
  return parseProgram(text.replace(from, to));
}

function loopOf(program: Program): Loop {
  const loop = program.body.find((instruction) => instruction.op === "loop");
  if (loop?.op !== "loop") throw new Error("the program has no loop");
  return loop;
}

function carrying(change: (loop: Loop) => Partial<Loop>): Program {
  const loop = loopOf(sound);
  return { ...sound, body: sound.body.map((instruction) => (instruction === loop ? { ...loop, ...change(loop) } : instruction)) };
}

const planned = planBuffers(sound);
const arena = defined(planned.arena, "an arena");

function placing(change: Partial<typeof arena>): Program {
  return { ...planned, arena: { ...arena, ...change } };
}

const broken: { readonly [I in ProgramInvariant]: readonly (readonly [string, Program])[] } = {
  1: [
    ["two buffers of one name", { ...sound, outputs: sound.outputs.map((output) => ({ ...output, buffer: { ...output.buffer, name: "y" } })) }],
    ["two outputs of one name", { ...sound, outputs: sound.outputs.map((output) => ({ ...output, name: "y" })) }],
  ],
  2: [
    ["an output in a temporary", changed("buffer last: output", "buffer last: temporary")],
    ["an output that is none of the program's", { ...sound, outputs: sound.outputs.slice(1) }],
    ["a parameter of another size", changed("parameter w = w [2]", "parameter w = w [3]")],
    ["an integer in float32", changed("output last = last [2]", "output last = last [2]int")],
  ],
  3: [["a length that is not declared", changed("program net (time)", "program net ()")]],
  4: [
    ["an input at load", changed("w[j] * w[j]", "w[j] * start[j]")],
    ["a temporary at load", changed("squared[j] = (w[j] * w[j])", "m[j] = 0.0\n squared[j] = (w[j] * w[j])")],
    ["a draw at load", changed("w[j] * w[j]", "w[j] * draw(0, j)")],
    ["a free length at load", changed("w[j] * w[j]", "w[j] * length(time)")],
    ["a loop over a free length at load", changed("kernel square stage 0 (j:2) {", "kernel square stage 0 (j:2) {\n for i:time {\n a0 = sum 1.0\n }")],
  ],
  5: [
    ["an input that is stored", changed("last[j] = s[j]", "last[j] = s[j]\n start[j] = 0.0")],
    ["a prepared buffer that is stored", changed("last[j] = s[j]", "last[j] = s[j]\n squared[j] = 0.0")],
    ["a fallback that stores something else", changed("start[j] = 0.0", "m[j] = 0.0")],
  ],
  6: [
    ["a temporary that is read before it is written", changed("copy start to s", "copy m to s")],
    ["a temporary that nothing writes", changed("m[j] = (squared[j] * x[t,j])", "next[j] = (squared[j] * x[t,j])")],
    ["the next value of the turn before", changed("m[j] = (squared[j] * x[t,j])", "m[j] = next[j]")],
    ["an output that nothing writes", changed("        y[t,j] = m[j]\n", "")],
  ],
  7: [["a kernel that reads another of its stage", changed("kernel step stage 1", "kernel step stage 0")]],
  8: [
    ["a state without a start", changed("copy start to s", "copy start to m")],
    ["a next value that no turn writes", changed("next[j] = (s[j] + m[j])\n", "")],
    ["a state of another shape", changed("buffer next: state float32[2]", "buffer next: state float32[3]")],
    ["a temporary that is carried", changed("buffer next: state", "buffer next: temporary")],
    ["a state that is carried twice", carrying(({ carried }) => ({ carried: [...carried, ...carried] }))],
    ["a state that is the next value of another", carrying(({ carried: [pair] }) => (pair === undefined ? {} : { carried: [pair, { current: pair.next, next: pair.current, source: undefined }] }))],
  ],
  9: [["a loop inside a loop over one name", carrying((loop) => ({ body: [...loop.body, { ...loop, carried: [] }] }))]],
  10: [
    ["to another shape", changed("copy start to s", "copy start to s\n copy start to y")],
    ["to itself", changed("copy start to s", "copy start to s\n copy s to s")],
  ],
  11: [
    ["a buffer without a slot", placing({ slots: arena.slots.slice(1) })],
    ["a buffer with two", placing({ slots: [...arena.slots, ...arena.slots.slice(0, 1)] })],
    ["a slot outside", placing({ fixed: 1 })],
    ["overlapping", placing({ slots: arena.slots.map((slot) => (slot.offset === undefined ? slot : { ...slot, offset: 0 })) })],
    ["dead where it is used", placing({ slots: arena.slots.map((slot) => (slot.buffer.name === "m" ? { ...slot, from: 9, to: 9 } : slot)) })],
    ["of another size", placing({ slots: arena.slots.map((slot) => ({ ...slot, elements: [] })) })],
    ["without an offset", placing({ slots: arena.slots.map((slot) => ({ ...slot, offset: undefined })) })],
    ["said to be all of known size", placing({ size: arena.fixed })],
  ],
};

test("a sound program has no violations", () => {
  expect(verifyProgram(sound)).toEqual([]);
  expect(verifyProgram(planned)).toEqual([]);
});

test("the program of a stream ends with its loop", () => {
  const loop = loopOf(sound);
  const stream = { program: { ...sound, outputs: sound.outputs.slice(0, 1), body: sound.body.slice(0, 2) }, loop, stepInputs: ["x"], histories: [], rows: undefined };
  expect(verifyStream(stream)).toEqual([]);
  expect(verifyStream({ ...stream, loop: { ...loop } })).toEqual(["stream: the program does not end with its loop"]);
});

describe.each(Object.entries(broken))("invariant %s", (id, cases) => {
  const name = programInvariants[Number(id) as ProgramInvariant];
  test.each(cases)(`${name}: %s`, (_, program) => {
    expect(verifyProgram(program).some((violation) => violation.startsWith(`${name}: `)), verifyProgram(program).join("\n")).toBe(true);
  });
});
