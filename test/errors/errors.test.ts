/**
 * Every diagnostic of the catalogue: a case that brings it about, what is said of it, frame and all, and a section of
 * docs/errors.md. A case that is a model is a file of test/errors/cases, whose first line says which diagnostic it is and at
 * what; the others are in other-cases.ts. `GATEFOLD_BLESS=1 npx vitest run test/errors` writes what is said, and the page, anew; the
 * difference shows in review.
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { compile } from "../../src/compile.js";
import { type Code, explanations, isCode } from "../../src/support/catalogue.js";
import { otherCases, said, type Said } from "./other-cases.js";

const blesses = process.env["GATEFOLD_BLESS"] === "1";
const folder = fileURLToPath(new URL("cases/", import.meta.url));
const page = fileURLToPath(new URL("../../docs/errors.md", import.meta.url));
const ending = ".model.ts";

interface Case {
  readonly name: string;
  readonly at: string | undefined;
  readonly given: string;
  say(): Said | Promise<Said>;
}

function modelCase(file: string): Case {
  const text = readFileSync(path.join(folder, file), "utf8");
  const first = /^\/\/ (GF\d{4}) at (.*)\n/.exec(text);
  const name = file.slice(0, -ending.length);
  if (first === null || first[1] !== codeOf(name)) throw new Error(`${file}: its first line does not say which diagnostic it is`);
  return {
    name,
    at: first[2] === "(nothing)" ? undefined : first[2],
    given: text.slice(first[0].length),
    say: () => {
      const { diagnostics, sources, files } = compile({ file, text });
      expect(files).toEqual([]);
      return said(diagnostics, new Map(sources.map((source) => [source.file, source.text])));
    },
  };
}

function codeOf(name: string): Code {
  const [code = ""] = name.split(".");
  if (!isCode(code)) throw new Error(`${name} names no diagnostic of the catalogue`);
  return code;
}

const cases: readonly Case[] = [
  ...readdirSync(folder).filter((file) => file.endsWith(ending)).sort().map(modelCase),
  ...otherCases.map((each) => ({ ...each, at: each.at })),
].sort((a, b) => (a.name < b.name ? -1 : 1));

const expectation = ({ name }: Case): string => path.join(folder, `${name}.txt`);

describe("what is said of", () => {
  test.each(cases.map((each) => [each.name, each] as const))("%s", async (name, each) => {
    const { text, at } = await each.say();
    if (blesses) writeFileSync(expectation(each), text);
    expect(existsSync(expectation(each)), "run with GATEFOLD_BLESS=1 to write what is said").toBe(true);
    expect(text).toBe(readFileSync(expectation(each), "utf8"));
    // The first diagnostic is the one that the case is about; what follows from it may be told as well.
    expect(/(?:error|warning) (GF\d{4}): /.exec(text)?.[1]).toBe(codeOf(name));
    expect(text).toMatch(/^ {2}help: ./m);
    if (each.at?.endsWith(" ...") === true) expect(at?.startsWith(each.at.slice(0, -4))).toBe(true);
    else expect(at).toBe(each.at);
    // A sentence, not a dump: no stack, no object, nothing undefined.
    expect(text).not.toMatch(/^ +at \S+ \(|\[object |\bundefined \(reading|node_modules/m);
  });
});

test("every diagnostic has a case, and no case is left over", () => {
  const shown = new Set(cases.map(({ name }) => codeOf(name)));
  expect(Object.keys(explanations).filter((code) => isCode(code) && !shown.has(code))).toEqual([]);
  const wanted = new Set(cases.map((each) => path.basename(expectation(each))));
  expect(readdirSync(folder).filter((file) => file.endsWith(".txt") && !wanted.has(file))).toEqual([]);
});

test("docs/errors.md tells of every diagnostic, with an example", () => {
  const written = errorsPage();
  if (blesses) writeFileSync(page, written);
  expect(readFileSync(page, "utf8")).toBe(written);
  for (const code of Object.keys(explanations)) expect(written).toMatch(new RegExp(`^## ${code}$`, "m"));
});

test("every explanation is one of its own", () => {
  const all = Object.values(explanations);
  expect(new Set(all.map(({ title }) => title)).size).toBe(all.length);
  expect(new Set(all.map(({ text }) => text)).size).toBe(all.length);
  for (const { title, text } of all) {
    expect(title).not.toMatch(/\.$/);
    expect(text).toMatch(/\.$/);
  }
});

function errorsPage(): string {
  const groups: Readonly<Record<string, string>> = {
    GF1: "outside the language", GF2: "kinds and shapes", GF3: "names and parameters", GF4: "models, inputs and imports", GF5: "what the caller asks of the compiler",
    GF6: "step by step, and written out", GF7: "files of weights", GF8: "the command line", GF9: "mistakes of Gatefold itself",
  };
  const codes = Object.keys(explanations).filter(isCode);
  const index = Object.entries(groups).map(([group, title]) => `- ${group}: ${title}: ${codes.filter((code) => code.startsWith(group)).map((code) => `[${code}](#${code.toLowerCase()})`).join(", ")}`);
  const sections = codes.map((code) => {
    const { title, text } = explanations[code];
    const example = cases.find(({ name }) => codeOf(name) === code);
    const shown = example === undefined ? [] : [indented(example.given), "", indented(readFileSync(expectation(example), "utf8").split("\n\n").filter((block) => !/^ *>? *\d+ \|/.test(block)).join("\n\n"))];
    return [`## ${code}`, "", `**${title[0]?.toUpperCase() ?? ""}${title.slice(1)}.** ${text}`, "", ...shown, ""].join("\n");
  });
  return `# Diagnostics

Everything that Gatefold refuses has a code. A code keeps its meaning from version to version; the words of a message may change. A message says what was found, where, and what to write instead. On the command line the exit status is 1 where the model is at fault (GF1 to GF4, and GF5004 to GF5007), 2 where the call or a file that it names is, and 70 for GF9001; \`--format json\` gives the same as data.

This page is made from the table of diagnostics, \`src/support/catalogue.ts\`, and from the cases of \`test/errors/\`, each of which is one example of what goes wrong.

${index.join("\n")}

${sections.join("\n")}`.trimEnd().concat("\n");
}

/** A block of code in Markdown that no tool takes for one of the language's. */
function indented(text: string): string {
  return text.trimEnd().split("\n").map((line) => (line === "" ? "" : `    ${line.length > 200 ? `${line.slice(0, 200)} ...` : line}`)).join("\n");
}
