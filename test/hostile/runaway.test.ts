/**
 * Runaway models end: each is refused with a clear error, or compiles, in a process that may use 512 MB and no more. (How
 * long it took is printed on request, GATEFOLD_REPORT=1, and is no matter of a test.)
 */
import { spawn } from "node:child_process";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { readModels } from "../../src/frontend/index.js";
import { projectRoot } from "../architecture/source-tree.js";
import { runaways } from "./runaway-models.js";

interface Outcome {
  readonly name: string;
  readonly codes: readonly string[];
  readonly faults: readonly string[];
  readonly files: number;
  readonly milliseconds: number;
}

/** Compiles every n-th model in a process of its own; undefined for those that it did not come to. */
async function compileApart(part: number, parts: number): Promise<{ readonly outcomes: readonly Outcome[]; readonly status: number | null; readonly err: string }> {
  const child = spawn(process.execPath, ["--max-old-space-size=512", "--import", "tsx", path.join(projectRoot, "test/hostile/compile-runaways.ts"), String(part), String(parts)], { cwd: projectRoot });
  let [out, err] = ["", ""];
  child.stdout.on("data", (chunk: Buffer) => (out += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (err += chunk.toString()));
  const status = await new Promise<number | null>((resolve) => child.on("close", resolve));
  return { outcomes: out.split("\n").filter((line) => line !== "").map((line) => JSON.parse(line) as Outcome), status, err };
}

describe("in 512 MB", async () => {
  const parts = await Promise.all([0, 1].map((part) => compileApart(part, 2)));
  const outcomes = new Map(parts.flatMap((each) => each.outcomes.map((outcome) => [outcome.name, outcome])));
  if (process.env["GATEFOLD_REPORT"] === "1") for (const { name, milliseconds, codes } of outcomes.values()) console.log(`${milliseconds.toFixed(0).padStart(6)} ms  ${name}  ${codes.join(" ")}`);

  test("the process lives to the end", () => {
    expect(parts.map(({ status, err }) => ({ status, err }))).toEqual(parts.map(() => ({ status: 0, err: "" })));
  });

  test.each(runaways.map((each) => [each.name, each] as const))("%s", (name, { codes }) => {
    const outcome = outcomes.get(name);
    expect(outcome?.faults).toEqual([]);
    if (codes.length === 0) expect(outcome).toMatchObject({ codes: [], files: 2 });
    else {
      expect(outcome?.files).toBe(0);
      expect(codes).toContain(outcome?.codes[0]);
    }
  });
});

describe("files that import each other", () => {
  const read = (files: Readonly<Record<string, string>>) => {
    const host = { resolve: (specifier: string) => { const name = specifier.replace("./", ""); return Object.hasOwn(files, name) ? { file: name, text: files[name] ?? "" } : undefined; } };
    return readModels({ file: "0.model.ts", text: files["0.model.ts"] ?? "" }, host);
  };
  const chain = (length: number, last: (i: number) => string): Record<string, string> =>
    Object.fromEntries(Array.from({ length }, (_, i) => [`${i}.model.ts`, i === length - 1 ? last(i) : `export { net } from "./${i + 1}.model.ts";\n`]));

  test("in a circle, for a name that none of them defines", () => {
    expect(read({ "0.model.ts": `export { net } from "./1.model.ts";`, "1.model.ts": `export { net } from "./0.model.ts";` }).diagnostics.map(({ code }) => code)).toEqual(["GF4003"]);
  });

  test("in a circle, for names that they define", () => {
    const { models, diagnostics } = read({
      "0.model.ts": `import { type Vec } from "gatefold";\nimport { b } from "./1.model.ts";\nexport const a = 2;\nexport function net(x: Vec<2>) { return x * b; }`,
      "1.model.ts": `import { a } from "./0.model.ts";\nexport const b = a + 1;`,
    });
    expect(diagnostics).toEqual([]);
    expect(models.map(({ name }) => name)).toEqual(["net"]);
  });

  test.each([3, 40, 60, 5_000])("in a row of %i", (length) => {
    const { models, diagnostics } = read(chain(length, () => `import { type Vec } from "gatefold";\nexport function net(x: Vec<2>) { return x; }`));
    expect(length <= 50 ? models.length : diagnostics.length).toBe(1);
    for (const { code } of diagnostics) expect(["GF4003", "GF1010"]).toContain(code);
  });

  test("that together are more than a model may be", () => {
    const big = `// ${"-".repeat(1_000_000)}\n`;
    const files = Object.fromEntries(Array.from({ length: 8 }, (_, i) => [`${i}.model.ts`, `${i < 7 ? `import { a${i + 1} } from "./${i + 1}.model.ts";\n` : ""}export const a${i} = ${i};\n${big}`]));
    expect(read(files).diagnostics.map(({ code }) => code)).toContain("GF1012");
  });
});
