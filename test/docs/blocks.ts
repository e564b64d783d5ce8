/**
 * The code blocks of a page of documentation, and what their first line says is to be done with them:
 *
 *     ```ts file=net.model.ts          is written to the page's folder
 *     ```ts excerpt=src/ir/graph/x.ts  must stand in that file, line by line, in this order
 *     ```sh                            is run in the page's folder, each line by itself (fails=1: and ends so)
 *     ```text                          must be what the block before printed; a line `...` stands for any lines,
 *                                      and `…` at the end of a line for the rest of it
 *     ```text page=index.html          must be what this page prints, opened in a browser under a strict policy
 */
export interface Block {
  readonly language: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly text: string;
  /** The line of the page on which the block begins, from 1. */
  readonly line: number;
}

export function readBlocks(page: string): Block[] {
  const blocks: Block[] = [];
  const lines = page.split("\n");
  for (let index = 0; index < lines.length; index++) {
    const fence = /^( *)```(.*)$/.exec(lines[index] ?? "");
    if (fence === null) continue;
    const [, indent = "", info = ""] = fence;
    const [language = "", ...attributes] = info.trim().split(/\s+/);
    const start = index + 1;
    const body: string[] = [];
    for (index = start; index < lines.length && lines[index]?.trim() !== "```"; index++) body.push((lines[index] ?? "").slice(indent.length));
    if (index === lines.length) throw new Error(`the block of line ${start} has no end`);
    blocks.push({ language, attributes: Object.fromEntries(attributes.map((each) => splitAt(each, "="))), text: body.join("\n"), line: start });
  }
  return blocks;
}

function splitAt(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator);
  return at === -1 ? [text, ""] : [text.slice(0, at), text.slice(at + 1)];
}

/** The first line of a pattern that a text does not have, in this order; undefined where it has all. */
export function missingLine(text: string, pattern: string): string | undefined {
  const lines = text.split("\n").map((line) => line.trim());
  let at = 0;
  let anywhere = true;
  for (const wanted of pattern.split("\n").map((line) => line.trim()).filter((line) => line !== "")) {
    if (wanted === "...") {
      anywhere = true;
      continue;
    }
    // A line of a pattern may leave out its end, and say so by `…`.
    const start = wanted.replace(/ *…$/, "");
    const found = lines.findIndex((line, index) => index >= at && line.startsWith(start));
    if (found === -1 || (!anywhere && lines.slice(at, found).some((line) => line !== ""))) return wanted;
    at = found + 1;
    anywhere = false;
  }
  return undefined;
}
