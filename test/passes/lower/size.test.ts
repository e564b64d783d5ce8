/** How large what comes out is: it grows with the model, and no faster. */
import { expect, test } from "vitest";
import { compile } from "../../../src/compile.js";
import { defined } from "../../../src/support/invariant.js";

const text = `
import { linear, scan, tanh, zeros, type Seq, type Vec } from "gatefold";

export function net(xs: Seq<"time", Vec<4>>) {
  const { h } = scan(xs, { h: zeros(8) }, (x, { h }) => ({ h: tanh(linear(x, 8) + linear(h, 8)) }));
  return { y: linear(h, 3) };
}
`;

/** The module, all steps of the time written out. */
function written(steps: number): string {
  const { files, diagnostics } = compile({ file: "net.model.ts", text }, { lengths: { time: steps }, unroll: { time: "all" } });
  expect(diagnostics).toEqual([]);
  return defined(files[0], "a module").text;
}

test("each step that is written out adds as much as the one before", () => {
  const [small, middle, large] = [20, 40, 80].map((steps) => written(steps).length);
  expect((defined(large, "a size") - defined(middle, "a size")) / (defined(middle, "a size") - defined(small, "a size"))).toBeLessThan(2.2);
});

test("a step that is read among many is not found by testing for each", () => {
  const tests = (code: string): number => code.match(/ else | \? /g)?.length ?? 0;
  expect(tests(written(40))).toBe(tests(written(20)));
});
