/** The functions that generated modules contain, against those that define what they compute. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { seedKey, uniformDraw } from "../../src/ir/graph/draw.js";
import { erf } from "../../src/ir/graph/special.js";
import { helperText } from "../../src/backends/helper-text.js";
import { helpers, runtimeNames, type HelperName } from "../../src/runtime/helpers.js";
import { examplesText, statesText } from "../../src/runtime/examples.js";
import { inputsText } from "../../src/runtime/inputs.js";
import { modelText } from "../../src/runtime/model.js";
import { embeddedText } from "../../src/runtime/embedded.js";
import { paddedText } from "../../src/runtime/padded.js";
import { placeText, scaleText } from "../../src/runtime/place.js";
import { safetensorsText } from "../../src/runtime/safetensors.js";
import { streamText } from "../../src/runtime/stream.js";
import { weightMemoryText, weightSetText } from "../../src/runtime/weight-memory.js";
import { weightsText } from "../../src/runtime/weights.js";
import { checkProperty } from "../support/property.js";

function helper<T>(name: HelperName): T {
  return new Function(`"use strict";\n${helperText([name])}\nreturn ${name};`)() as T;
}

const anyReal = fc.oneof(fc.double(), fc.double({ min: -750, max: 750, noNaN: true }), fc.double({ min: -2, max: 2, noNaN: true }), fc.constantFrom(0, -0, NaN, Infinity, -Infinity, 1e-300));

describe("exp", () => {
  const exp = helper<(x: number) => number>("exp");

  test("is that of Math to 1e-15", () => {
    checkProperty(2000, anyReal, (x) => {
      const [actual, wanted] = [exp(x), Math.exp(x)];
      if (Number.isNaN(wanted)) expect(actual).toBeNaN();
      else if (actual !== wanted) expect(Math.abs(actual - wanted) / wanted, String(x)).toBeLessThan(1e-15);
    });
  });

  test("at its limits", () => {
    expect([exp(0), exp(-0), exp(Infinity), exp(-Infinity), exp(1000), exp(-1000)]).toEqual([1, 1, Infinity, 0, Infinity, 0]);
  });
});

test("erf is that of the interpreter to 3e-8", () => {
  const fast = helper<(x: number) => number>("erf");
  checkProperty(2000, anyReal, (x) => {
    const [actual, wanted] = [fast(x), erf(x)];
    if (Number.isNaN(wanted)) expect(actual).toBeNaN();
    else expect(Math.abs(actual - wanted), String(x)).toBeLessThanOrEqual(3e-8 * Math.min(1, 10 * Math.abs(x)));
  });
});

test("draws are those of the interpreter, bit for bit", () => {
  const { drawBegin, drawMix, drawEnd } = new Function(`"use strict";\n${helperText(["draw"])}\nreturn { drawBegin, drawMix, drawEnd };`)() as {
    drawBegin: (k0: number, k1: number, site: number, count: number) => void;
    drawMix: (a: number, b: number) => void;
    drawEnd: () => number;
  };
  const counters = fc.array(fc.integer(), { maxLength: 7 });
  checkProperty(500, fc.tuple(fc.maxSafeNat(), fc.nat(1000), counters), ([seed, site, list]) => {
    const key = seedKey(seed);
    drawBegin(key[0], key[1], site, list.length);
    for (let i = 0; i < list.length; i += 2) drawMix(list[i] ?? 0, list[i + 1] ?? 0);
    expect(drawEnd()).toBe(uniformDraw(key, site, list));
  });
});

test("insertTop keeps the largest, sorted, the first of equals first, NaN largest", () => {
  const insertTop = helper<(values: Float64Array, ids: Int32Array, count: number, value: number, id: number) => number>("insertTop");
  const value = fc.oneof(fc.integer({ min: -3, max: 3 }), fc.constantFrom(NaN, Infinity, -Infinity, -0, 0));
  checkProperty(500, fc.tuple(fc.array(value, { minLength: 1, maxLength: 12 }), fc.integer({ min: 1, max: 12 })), ([list, k]) => {
    const [values, ids] = [new Float64Array(k), new Int32Array(k)];
    let count = 0;
    list.forEach((each, id) => {
      count = insertTop(values, ids, count, each, id);
    });
    const wanted = list.map((each, id) => ({ each, id })).sort((a, b) => {
      const rank = (x: number): number => (Number.isNaN(x) ? 1 : 0);
      return rank(b.each) - rank(a.each) || (Number.isNaN(a.each) ? 0 : a.each < b.each ? 1 : a.each > b.each ? -1 : 0) || a.id - b.id;
    }).slice(0, k);
    expect(count).toBe(wanted.length);
    expect([...ids].slice(0, count)).toEqual(wanted.map(({ id }) => id));
    // 0 and -0 are equal.
    expect([...values].slice(0, count).map((x) => x + 0)).toEqual(wanted.map(({ each }) => each + 0));
  });
});

test("every name that the runtime declares is kept from others", () => {
  const all = [helperText(Object.keys(helpers) as HelperName[]), placeText, scaleText, inputsText, examplesText, modelText, paddedText, statesText, streamText, weightsText, safetensorsText, embeddedText, weightMemoryText, weightSetText].join("\n");
  const declared = [...all.matchAll(/^(?:const|let|function|class) (\w+)/gm)].map((match) => match[1]);
  expect(declared.filter((name) => !runtimeNames.includes(name ?? ""))).toEqual([]);
  expect(new Set(declared).size).toBe(declared.length);
});
