/** Runs the command line inside the test's process, in a folder of its own. */
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { onTestFinished } from "vitest";
import { commandLine } from "../../src/cli/command-line.js";

export interface Outcome {
  readonly status: number;
  readonly out: string;
  readonly err: string;
}

export interface Workplace {
  readonly folder: string;
  run(...args: string[]): Promise<Outcome>;
  /** All files, but those that were put there, sorted. */
  made(): string[];
}

/** A folder with these files, which is gone after the test. */
export function workplace(files: Readonly<Record<string, string | Uint8Array>> = {}): Workplace {
  const folder = mkdtempSync(path.join(tmpdir(), "gatefold-cli-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
    writeFileSync(path.join(folder, name), content);
  }
  return {
    folder,
    async run(...args) {
      let [out, err] = ["", ""];
      const status = await commandLine(args, { out: (text) => (out += text), err: (text) => (err += text), color: false, cwd: folder });
      return { status, out, err };
    },
    made: () =>
      readdirSync(folder, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)).split(path.sep).join("/"))
        .filter((name) => !Object.hasOwn(files, name))
        .sort(),
  };
}

/** An Elman net and a model of one step; small, but with parameters, a state and an input that may be left out. */
export const netModel = `import { linear, scan, tanh, zeros, type Real, type Seq, type Vec } from "gatefold";

function step(x: number, h: number) {
  return tanh(linear(x, 4) + linear(h, 4, { bias: false }));
}

export function net(xs: Seq<"time", Vec<3>>, scale: Real = 1) {
  const { h } = scan(xs, { h: zeros(4) }, (x, { h }) => {
    const next = tanh(linear(x, 4) + linear(h, 4, { bias: false }));
    return { h: next };
  });
  return { y: scale * linear(h, 2) };
}

export function twice(x: Vec<2>, times = 2) {
  return { y: x * times };
}
`.replace(/function step[^}]*}\n\n/, "");

/** The same with a mistake in the shapes. */
export const brokenModel = `import { type Vec } from "gatefold";

export function broken(a: Vec<3>, b: Vec<4>) {
  return { y: a + b };
}
`;
