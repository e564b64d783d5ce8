/** What TypeScript says of wrong calls of a module: it points at what is wrong, and names the type that was meant. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, test } from "vitest";
import { compile } from "../../src/compile.js";
import { projectRoot } from "../architecture/source-tree.js";

const model = {
  file: "net.model.ts",
  text: `import { linear, type Id, type Seq, type Vec } from "gatefold";
export function net(frames: Seq<"time", Vec<3>>, speaker: Id<5>) { return { y: linear(frames, 2), same: speaker }; }
`,
};

const wrong = `import { load } from "./net.js";
const net = load({});
net.run({ frames: [1, 2, 3] });
net.run({ frames: [1, 2, 3], speeker: 1 });
const y: Float32Array = net.run({ frames: [1, 2, 3], speaker: 1 }).y;
const many: Float32Array[] = net.run([{ frames: [1, 2, 3], speaker: 1 }], { seed: [1] }).map((each) => each.y);
console.log(y, many);
`;

test("of a call that fits neither, the one example is explained", () => {
  const folder = mkdtempSync(path.join(tmpdir(), "gatefold-types-"));
  try {
    for (const { path: name, text } of compile(model).files) writeFileSync(path.join(folder, name), text);
    writeFileSync(path.join(folder, "wrong.ts"), wrong);
    const tsc = path.join(projectRoot, "node_modules/typescript/bin/tsc");
    const { stdout } = spawnSync(process.execPath, [tsc, "--noEmit", "--strict", "--module", "nodenext", "--target", "es2022", "--types", "", "--lib", "es2022,dom", "wrong.ts"], { cwd: folder, encoding: "utf8" });
    expect(stdout).toMatch(/^wrong\.ts\(3,/);
    expect(stdout.match(/^wrong\.ts\(\d+/gm)).toEqual(["wrong.ts(3", "wrong.ts(4"]);
    expect(stdout).toContain("Property 'speaker' is missing in type");
    expect(stdout).toMatch(/'speeker' does not exist in type 'NetInputs'/);
    expect(stdout).not.toContain("readonly NetInputs[]'");
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
