/** e^x in kernels: called where V8 inlines the calls, written out where there are more. */
import { expect, test } from "vitest";
import { compile } from "../../../src/compile.js";
import { defined } from "../../../src/support/invariant.js";
import { runModule } from "./run-module.js";

/** y = sigmoid of one component of x, times tanh of the next, and so on: as many functions as x has components. */
function net(count: number): string {
  const names = Array.from({ length: count }, (_, i) => `x${i}`);
  const product = names.map((name, i) => `${i % 2 === 0 ? "sigmoid" : "tanh"}(${name})`).join(" * ");
  const text = `import { sigmoid, split, tanh, type Vec } from "gatefold";\nexport function net(x: Vec<${count * 3}>) { const [${names.join(", ")}] = split(x, ${count}); return { y: ${product} }; }\n`;
  const { files, diagnostics } = compile({ file: "net.model.ts", text });
  expect(diagnostics).toEqual([]);
  return defined(files[0], "a module").text;
}

function calls(code: string): number {
  return (code.match(/(?<!function )clampedExp\(/g) ?? []).length;
}

test.each([4, 5, 6, 13])("a product of %d functions is right", (count) => {
  const values = [0.3, -1.7, 2.5, 800, -800, 0, -0, 30, -30, 1e-9, 5, Infinity, -Infinity];
  const code = net(count);
  expect(calls(code)).toBe(count <= 5 ? count : 0);
  const x = Float32Array.from({ length: count * 3 }, (_, i) => values[(i * 5) % values.length] ?? 0);
  const { y } = runModule(code).load({}).run({ x });
  for (let j = 0; j < 3; j++) {
    let expected = 1;
    for (let i = 0; i < count; i++) expected *= i % 2 === 0 ? 1 / (1 + Math.exp(-(x[i * 3 + j] ?? 0))) : Math.tanh(x[i * 3 + j] ?? 0);
    expect(y?.[j]).toBeCloseTo(expected, 6);
  }
});
