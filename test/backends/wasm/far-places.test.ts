/** Elements at places that no memory has: they are not there, and the module is one that engines take. */
import { expect, test } from "vitest";
import { compile } from "../../../src/compile.js";
import { defined } from "../../../src/support/invariant.js";
import { runModule } from "../js/run-module.js";

const place = (text: string): string => `import { at, type Seq, type Vec, type Id } from "gatefold";
export function net(xs: Seq<"time", Vec<8>>, k: Id<9>) { return ${text}; }
`;

test.each(["at(xs, 134217728)", "at(xs, 2147483647)", "at(xs, k + 134217727)", "k > 3 ? at(xs, 134217728) : at(xs, k)", "at(xs, -134217728)"])("%s", (text) => {
  const outputs = (["js", "wasm"] as const).map((target) => {
    const { files, diagnostics } = compile({ file: "net.model.ts", text: place(text) }, { target });
    expect(diagnostics).toEqual([]);
    const model = runModule(defined(files[0], "a module").text).load({});
    return [1, 5].map((k) => Array.from(Object.values(model.run({ xs: Float32Array.from({ length: 24 }, (_, i) => i + 1), k: Int32Array.of(k) }))[0] ?? []));
  });
  expect(outputs[1]).toEqual(outputs[0]);
  const zeros = Array.from({ length: 8 }, () => 0);
  const second = Array.from({ length: 8 }, (_, i) => i + 9);
  expect(outputs[0]).toEqual(text.includes("at(xs, k)") ? [second, zeros] : [zeros, zeros]);
});
