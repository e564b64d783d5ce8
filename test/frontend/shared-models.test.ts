/** Every model of the language's own collection lowers, with the parameters and outputs that are written down for it. */
import { readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { verifyGraph } from "../../src/ir/graph/verify.js";
import { describeShared } from "../support/shared.js";
import { outputTexts, parameterTexts, readFile, show } from "./helpers.js";

interface Expected {
  readonly outputs: Record<string, string>;
  readonly parameters: string[];
}

/** file -> model -> what parameters.txt says of it. */
function readExpectations(text: string): Map<string, Map<string, Expected>> {
  const files = new Map<string, Map<string, Expected>>();
  const lines = text.split("\n");
  let models = new Map<string, Expected>();
  for (const [i, line] of lines.entries()) {
    const file = /^== (.*)$/.exec(line)?.[1];
    if (file !== undefined) files.set(file, (models = new Map()));
    const model = /^(\w+) -> (.*)$/.exec(line);
    if (model === null) continue;
    const [, name = "", outputs = ""] = model;
    models.set(name, { outputs: readOutputs(outputs), parameters: (lines[i + 1] ?? "").trim().split(" ").filter((each) => each !== "").sort() });
  }
  return files;
}

/** `{logits: {time}[65], final: {h: [128]}}` by dotted name. */
function readOutputs(text: string): Record<string, string> {
  if (!/^\{\w+: /.test(text)) return { output: text };
  const outputs: Record<string, string> = {};
  let rest = text;
  const path: string[] = [];
  const skip = (pattern: RegExp): string | undefined => {
    const found = pattern.exec(rest);
    if (found === null) return undefined;
    rest = rest.slice(found[0].length);
    return found[1] ?? found[0];
  };
  while (rest !== "") {
    if (skip(/^\{(?=\w+: )/) !== undefined || skip(/^, /) !== undefined) path.push(skip(/^(\w+): /) ?? "");
    else if (skip(/^\}/) !== undefined) path.pop();
    else {
      outputs[path.join(".")] = skip(/^((?:\{[^}]*\})?\[[^\]]*\](?:int)?)/) ?? "";
      path.pop();
    }
  }
  return outputs;
}

describeShared("the models of the language", "language", (directory) => {
  const expectations = readExpectations(readFileSync(path.join(directory, "parameters.txt"), "utf8"));
  for (const [file, models] of expectations) {
    test(file, () => {
      const result = readFile(path.join(directory, "models", file));
      expect(show(result)).toBe("");
      expect(result.models.map((model) => model.name)).toEqual([...models.keys()]);
      for (const { name, graph } of result.models) {
        expect(verifyGraph(graph)).toEqual([]);
        const expected = models.get(name);
        expect({ model: name, outputs: outputTexts(graph), parameters: parameterTexts(graph) }).toEqual({ model: name, ...expected });
      }
    });
  }
});
