/** The generator of spellings: every spelling is a sound graph and means the same. */
import { describe, expect, test } from "vitest";
import { interpret } from "../../../src/ir/graph/interpret.js";
import { printGraph } from "../../../src/ir/graph/print.js";
import { verifyGraph } from "../../../src/ir/graph/verify.js";
import { seededChoices } from "../../random/choices.js";
import { randomRun } from "../../random/graphs.js";
import { arbitrarySpellings, gruEquations, lstmEquations, spellingsOf, type Spelling } from "../../random/spellings.js";
import { checkProperty } from "../../support/property.js";

function meanTheSame(spellings: readonly Spelling[], seed: number): void {
  const results = spellings.map(({ graph, parameters }) => {
    expect(verifyGraph(graph)).toEqual([]);
    const { inputs, lengths } = randomRun(graph, seed, { lengths: { time: 4 } });
    return interpret(graph, { inputs, lengths, parameters: parameters(seed) });
  });
  const [first, ...others] = results;
  for (const other of others) {
    for (const [name, { data }] of Object.entries(first ?? {})) {
      for (const [i, value] of data.entries()) expect(Math.abs((other[name]?.data[i] ?? NaN) - value)).toBeLessThan(1e-12);
    }
  }
}

test("random cells: every spelling means the same", () => {
  checkProperty(200, arbitrarySpellings(4), ({ spellings }) => meanTheSame(spellings, 1));
});

describe("known cells", () => {
  const forms = (make: typeof lstmEquations) => spellingsOf(make(3, 4), seededChoices(17), 60);

  test.each([{ name: "LSTM", make: lstmEquations }, { name: "GRU", make: gruEquations }])("$name: 60 spellings mean the same and differ in text", ({ make }) => {
    const spellings = forms(make);
    meanTheSame(spellings, 2);
    expect(new Set(spellings.map(({ graph }) => printGraph(graph))).size).toBeGreaterThan(50);
  });

  test("the wordings of papers and libraries are among them", () => {
    const words = new Set(forms(lstmEquations).flatMap(({ description }) => description.split(", ")));
    expect([...words].sort()).toEqual(["concatenated", "nested", "separate products", "stacked", "two biases"]);
    const all = new Set(forms(lstmEquations).map(({ parameters }) => Object.values(parameters(0)).map(({ shape }) => shape.join("x")).sort().join(" ")));
    // PyTorch's two stacked products with a bias each; one stacked product over [h, x].
    expect(all).toContain("16 16 16x3 16x4");
    expect(all).toContain("16 16x7");
  });
});
