/** How many kernels a step dispatches: counted from the program, without a device or a clock. */
import { describe, expect, test } from "vitest";
import { compile } from "../../../src/compile.js";
import { defined } from "../../../src/support/invariant.js";

function reportOf(library: string, name: string, call: string) {
  const text = `import { type Seq, type Vec } from "gatefold";\nimport { ${name} } from "gatefold/${library}";\nexport function net(xs: Seq<"time", Vec<6>>) {\n  return ${call};\n}\n`;
  const { report, diagnostics } = compile({ file: "net.model.ts", text }, { target: "gpu", batch: "any" });
  expect(diagnostics).toEqual([]);
  return defined(report.models[0]?.gpu, "the figures");
}

/** At most as many as there are state tensors and sums that wait for sums. */
const cells = [
  { what: "an LSTM", library: "torch", name: "lstm", call: "{ y: lstm(xs, { hiddenSize: 8 }).output }", each: 2 },
  { what: "a GRU that resets after the product", library: "torch", name: "gru", call: "{ y: gru(xs, { hiddenSize: 8 }).output }", each: 1 },
  { what: "a GRU that resets before the product", library: "cells", name: "gru", call: "{ y: gru(xs, 8).h }", each: 2 },
  { what: "a Jordan net", library: "cells", name: "jordan", call: "{ y: jordan(xs, 8, 3).y }", each: 2 },
  { what: "an Elman net", library: "cells", name: "elman", call: "{ y: elman(xs, 8).h }", each: 1 },
  { what: "an LSTM with peepholes", library: "cells", name: "peepholeLstm", call: "{ y: peepholeLstm(xs, 8).h }", each: 2 },
] as const;

describe.each(cells)("$what", ({ library, name, call, each }) => {
  const { run, step, batch, kernels } = reportOf(library, name, call);

  test(`takes ${each} dispatches a step of a run`, () => expect(run.loops.map(({ dispatches }) => dispatches)).toEqual([each]));
  test(`takes ${each} dispatches a step of a batch, and one read-back`, () => expect({ loops: batch?.loops.map(({ dispatches }) => dispatches), readBacks: batch?.readBacks }).toEqual({ loops: [each], readBacks: 1 }));
  test(`takes ${each} dispatches a step of a stream, and one read-back`, () => expect({ dispatches: step?.dispatches, readBacks: step?.readBacks }).toEqual({ dispatches: each, readBacks: 1 }));
  test("projects the inputs of all steps in one dispatch", () => expect(run.dispatches).toBeLessThanOrEqual(1));
  test("reads back once, its output alone", () => expect({ readBacks: run.readBacks, collected: run.loops[0]?.collected }).toEqual({ readBacks: 1, collected: ["y"] }));
  test("has kernels that are strings beginning with `function`, of at most 7 textures", () => {
    for (const { source, reads } of kernels) {
      expect(source.startsWith("function (")).toBe(true);
      expect(reads.length).toBeLessThanOrEqual(7);
    }
  });
});
