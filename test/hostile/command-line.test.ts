/**
 * The command line under bad conditions: whatever a call, a file or the system does, the exit status says whose fault it is,
 * nothing is written in part, no stack is shown, and `--format json` gives one JSON object on standard output.
 */
import { spawn, spawnSync } from "node:child_process";
import { chmodSync, chownSync, existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { isCode } from "../../src/support/catalogue.js";
import { projectRoot } from "../architecture/source-tree.js";
import { testNeeding } from "../support/needs.js";
import { brokenModel, netModel, workplace, type Workplace } from "../cli/cli.js";

const main = path.join(projectRoot, "src/cli/main.ts");
const loader = ["--import", path.join(projectRoot, "node_modules/tsx/dist/esm/index.mjs")];
const command = [...loader, main];
const files = {
  "net.model.ts": netModel,
  "broken.model.ts": brokenModel,
  "latin.model.ts": Uint8Array.from(Buffer.from(`// caf\xe9\n${netModel}`, "latin1")),
  "utf16.model.ts": Uint8Array.from(Buffer.from(`\ufeff${netModel}`, "utf16le")),
  "zeros.model.ts": new Uint8Array(1000),
  "huge.model.ts": new Uint8Array(10_000_000).fill(32),
  "empty.model.ts": "",
  "imports.model.ts": `import { b } from "./folder.model.js";\nexport { b };\n`,
  "folder.model.ts/kept.txt": "",
  "latin-import.model.ts": `import { net } from "./latin.model.js";\nexport { net };\n`,
  "list.json": "[1]",
  "cut.json": '{"xs": [[1,',
  "w.safetensors": new Uint8Array(5),
};

/** What a system other than Linux may lack. */
function absent(file: string): string | undefined {
  return existsSync(file) ? undefined : `this system has no ${file}`;
}

/** What is asked, the status, the code of the first diagnostic. */
const calls: readonly (readonly [args: readonly string[], status: number, code: string])[] = [
  [[], 2, "GF8001"],
  [["make"], 2, "GF8001"],
  [["__proto__"], 2, "GF8001"],
  [["help", "make"], 2, "GF8001"],
  [["check"], 2, "GF8001"],
  [["check", "net.model.ts", "too", "many"], 2, "GF8001"],
  [["check", "net.model.ts", "--fast"], 2, "GF8001"],
  [["check", "net.model.ts", "--__proto__"], 2, "GF8001"],
  [["check", "net.model.ts", "--fixed"], 2, "GF8001"],
  [["check", "net.model.ts", "--fixed", "time"], 2, "GF8001"],
  [["check", "net.model.ts", "--fixed", "time=-1"], 2, "GF8001"],
  [["check", "net.model.ts", "--fixed", "time=1e400"], 2, "GF8001"],
  [["check", "net.model.ts", "--fixed", "time=4503599627370496"], 1, "GF5006"],
  [["check", "net.model.ts", "--fixed", "__proto__=3"], 2, "GF5002"],
  [["check", "net.model.ts", "--set", "__proto__=3"], 2, "GF4006"],
  [["check", "net.model.ts", "--models", "__proto__"], 2, "GF4004"],
  [["check", "net.model.ts", "--models", ","], 2, "GF8001"],
  [["check", "none.model.ts"], 2, "GF8002"],
  [["check", "none/none.model.ts"], 2, "GF8002"],
  [["check", "net.model.ts/none.model.ts"], 2, "GF8002"],
  [["check", "folder.model.ts"], 2, "GF8002"],
  [["check", "."], 2, "GF8003"],
  [["check", ""], 2, "GF8003"],
  [["check", "w.safetensors"], 2, "GF8003"],
  [["check", "latin.model.ts"], 2, "GF8003"],
  [["check", "utf16.model.ts"], 2, "GF8003"],
  [["check", "huge.model.ts"], 2, "GF8003"],
  [["check", "zeros.model.ts"], 1, "GF1001"],
  [["check", "empty.model.ts"], 1, "GF5004"],
  [["check", "broken.model.ts"], 1, "GF2001"],
  [["check", "imports.model.ts"], 1, "GF8002"],
  [["check", "latin-import.model.ts"], 1, "GF8003"],
  [["compile", "net.model.ts"], 2, "GF8001"],
  [["compile", "broken.model.ts", "--out", "out"], 1, "GF2001"],
  [["compile", "net.model.ts", "--out", ""], 2, "GF8001"],
  [["compile", "net.model.ts", "--out", "out", "--extension", "cjs"], 2, "GF8001"],
  [["compile", "net.model.ts", "--out", "list.json"], 2, "GF8004"],
  [["compile", "net.model.ts", "--out", "list.json/deeper"], 2, "GF8004"],
  [["compile", "net.model.ts", "--out", "out", "--name", "../net"], 2, "GF5001"],
  [["compile", "net.model.ts", "--out", "out", "--name", "a\nb"], 2, "GF5001"],
  [["inspect", "net.model.ts", "--after", "__proto__"], 2, "GF8008"],
  [["inspect", "net.model.ts", "--list", "--level", "graph"], 2, "GF8005"],
  [["run", "net.model.ts", "-m", "net"], 2, "GF8005"],
  [["run", "net.model.ts", "-m", "net", "--random", "-1"], 2, "GF8001"],
  [["run", "net.model.ts", "-m", "net", "--random", "1", "-i", "xs=[[1,"], 2, "GF8001"],
  [["run", "net.model.ts", "-m", "net", "--random", "1", "-i", "xs=@none.json"], 2, "GF8002"],
  [["run", "net.model.ts", "-m", "net", "--random", "1", "-i", "xs=@cut.json"], 2, "GF8006"],
  [["run", "net.model.ts", "-m", "net", "--random", "1", "--inputs", "list.json"], 2, "GF8006"],
  [["run", "net.model.ts", "-m", "net", "--random", "1", "--inputs", "folder.model.ts"], 2, "GF8002"],
  [["run", "net.model.ts", "-m", "net", "--random", "1", "-i", "xs=3"], 2, "GF8007"],
  [["run", "net.model.ts", "-m", "net", "--random", "1", "-i", "xs=[[1,2,3]]", "-i", "__proto__=1"], 2, "GF8007"],
  [["run", "net.model.ts", "-m", "net", "--weights", "w.safetensors", "-i", "xs=[[1,2,3]]"], 2, "GF7001"],
  [["run", "net.model.ts", "-m", "net", "--weights", "list.json", "-i", "xs=[[1,2,3]]"], 2, "GF7001"],
  [["run", "net.model.ts", "-m", "net", "--weights", "net.model.ts", "-i", "xs=[[1,2,3]]"], 2, "GF7002"],
];

describe("a call that ends in an error", () => {
  test.each(calls)("%j", async (args, status, code) => {
    const place = workplace(files);
    const text = await place.run(...args);
    expect({ status: text.status, out: text.out }).toEqual({ status, out: "" });
    if (args.length > 0) expect(text.err).toContain(`error ${code}: `);
    expect(text.err).not.toMatch(/^ +at |\bundefined\b|\[object /m);

    const json = await place.run(...args, "--format", "json");
    expect(json.status).toBe(status);
    const { diagnostics } = JSON.parse(json.out) as { readonly diagnostics: readonly { readonly code: string; readonly message: string; readonly help: string | null; readonly severity: string }[] };
    expect(diagnostics.map((each) => isCode(each.code))).not.toContain(false);
    // A call of nothing but an option is another call.
    if (args.length > 0) expect(diagnostics[0]).toMatchObject({ code, severity: "error", help: expect.stringMatching(/./) as string });
    expect(diagnostics[0]?.message).not.toBe("");
    expect(place.made()).toEqual([]);
  });

  test("in a pipe that nobody opens for writing, or in a device: neither is waited for nor read", async () => {
    const place = workplace({ "device-import.model.ts": `import { a } from "./device.model.js";\nexport { a };\n` });
    symlinkSync("/dev/zero", path.join(place.folder, "device.model.ts"));
    spawnSync("mkfifo", [path.join(place.folder, "pipe.model.ts")]);
    for (const name of ["device.model.ts", "device-import.model.ts", ...(existsSync(path.join(place.folder, "pipe.model.ts")) ? ["pipe.model.ts"] : [])]) {
      const { status, err } = await place.run("check", name);
      // A model that imports what is no model is at fault itself.
      expect({ name, status, err }).toEqual({ name, status: name === "device-import.model.ts" ? 1 : 2, err: expect.stringContaining("error GF8002: ") as string });
    }
  });

  test("in files and folders that are not allowed", () => {
    const place = workplace(files);
    // Nobody's: the user of this number has no rights of its own on any system.
    const somebody = process.getuid?.() === 0 ? 65534 : (process.getuid?.() ?? 0);
    const inside = (name: string): string => path.join(place.folder, name);
    mkdirSync(inside("closed"));
    mkdirSync(inside("open"));
    writeFileSync(inside("secret.model.ts"), netModel);
    if (process.getuid?.() === 0) for (const name of ["", "closed", "open", "secret.model.ts"]) chownSync(inside(name), somebody, somebody);
    chmodSync(inside("secret.model.ts"), 0);
    chmodSync(inside("closed"), 0o555);
    const calls = [["check", "secret.model.ts"], ["compile", "net.model.ts", "--out", "closed"], ["compile", "net.model.ts", "--out", "closed/deeper"], ["compile", "net.model.ts", "--out", "open"]];
    const { status, stdout, stderr } = spawnSync(process.execPath, [...loader, path.join(projectRoot, "test/hostile/as-somebody.ts"), String(somebody), place.folder, JSON.stringify(calls)], { encoding: "utf8" });
    chmodSync(inside("closed"), 0o755);
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    const said = (code: string): unknown => ({ status: 2, out: "", err: expect.stringMatching(new RegExp(`^error ${code}: .*(EACCES|EPERM)`)) as string });
    expect(JSON.parse(stdout)).toEqual({
      superuser: false,
      outcomes: [said("GF8002"), said("GF8004"), said("GF8004"), { status: 0, out: expect.stringContaining("open/net.js") as string, err: "" }],
    });
    expect(place.made()).toEqual(["open/net.d.ts", "open/net.js", "secret.model.ts"]);
  });

  test("in inputs that are a device, which has no end, or larger than a text may be", async () => {
    const place = workplace({ ...files, "large.json": "{}" });
    truncateSync(path.join(place.folder, "large.json"), 600_000_000);
    for (const [name, said] of [["large.json", /error GF8002: large.json has 600000000 bytes or more, and \d+ can be read/], ...(existsSync("/dev/zero") ? [["/dev/zero", /error GF8002: \/dev\/zero is a device/] as const] : [])] as const) {
      expect(await place.run("run", "net.model.ts", "-m", "twice", "--inputs", name)).toEqual({ status: 2, out: "", err: expect.stringMatching(said) as string });
    }
  });

  testNeeding("in a folder of the system, which makes none", absent("/proc/self"), async () => {
    expect((await workplace(files).run("compile", "net.model.ts", "--out", "/proc/none/none")).err).toContain("error GF8004: ");
  });
});

test("what the terminal would obey is shown as signs", async () => {
  const evil = "\u001b[2J\u009b31m\u202e\u2028\u0007";
  const place = workplace({ "net.model.ts": `/* ${evil} */ export function net() { throw new Error(${JSON.stringify(evil).replace(/[^ -~]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`)}); }\n` });
  const { err } = await place.run("check", "net.model.ts");
  expect(err).toContain("error GF4008: ");
  expect(err).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028-\u202e]/);
});

test("paths are shown so too", async () => {
  const { out } = await workplace(files).run("compile", "net.model.ts", "--out", "o\n\t\u001b[2Jx");
  expect(out).toContain("o\u240a\u2409\u241b[2Jx/net.js  ");
});

test("a file that is called as what is written for a moment is nobody's to remove", async () => {
  const taken = `out/net.d.ts.${process.pid}.part`;
  const place = workplace({ ...files, [taken]: "kept", "out/net.js": "old" });
  expect((await place.run("compile", "net.model.ts", "--out", "out")).err).toContain("EEXIST");
  expect([taken, "out/net.js"].map((name) => readFileSync(path.join(place.folder, name), "utf8"))).toEqual(["kept", "old"]);
  expect(place.made()).toEqual([]);
});

test("files are replaced, and nothing is left beside them", async () => {
  const place = workplace({ ...files, "out/net.js": "old", "elsewhere.d.ts": "old" });
  symlinkSync("../elsewhere.d.ts", path.join(place.folder, "out/net.d.ts"));
  expect((await place.run("compile", "net.model.ts", "--out", "out")).status).toBe(0);
  expect(readFileSync(path.join(place.folder, "out/net.js"), "utf8")).toContain("load");
  expect(readFileSync(path.join(place.folder, "elsewhere.d.ts"), "utf8")).toBe("old");
  expect(place.made()).toEqual(["out/net.d.ts"]);
});

// In such a folder, as /tmp is one, files are replaced by those whom they belong to. Only a superuser makes files of others.
test.skipIf(process.getuid?.() !== 0)("where one of several files may not be replaced, the others are as they were", () => {
  const place = workplace({ ...files, "fresh/net.d.ts": "root", "old/net.d.ts": "root", "old/net.js": "old" });
  const inside = (name: string): string => path.join(place.folder, name);
  chmodSync(place.folder, 0o755);
  chownSync(inside("old/net.js"), 65534, 65534);
  for (const name of ["fresh", "old"]) chmodSync(inside(name), 0o1777);
  const calls = ["fresh", "old"].map((name) => ["compile", "net.model.ts", "--out", name]);
  const { stdout, stderr } = spawnSync(process.execPath, [...loader, path.join(projectRoot, "test/hostile/as-somebody.ts"), "65534", place.folder, JSON.stringify(calls)], { encoding: "utf8" });
  expect(stderr).toBe("");
  const said = { status: 2, out: "", err: expect.stringMatching(/^error GF8004: .*EPERM/) as string };
  expect(JSON.parse(stdout)).toEqual({ superuser: false, outcomes: [said, said] });
  expect(place.made()).toEqual([]);
  expect(["fresh/net.d.ts", "old/net.d.ts", "old/net.js"].map((name) => readFileSync(inside(name), "utf8"))).toEqual(["root", "root", "old"]);
});

test("where writing fails, the files of an earlier run stay as they are, and nothing is left beside them", async () => {
  const place = workplace({ ...files, "out/net.js": "old", "out/net.d.ts/kept.txt": "" });
  expect((await place.run("compile", "net.model.ts", "--out", "out")).status).toBe(2);
  expect(readFileSync(path.join(place.folder, "out/net.js"), "utf8")).toBe("old");
  expect(place.made()).toEqual([]);
});

// ---- As a process.

function modelFolder(): Workplace {
  const place = workplace({ "net.model.ts": netModel });
  writeFileSync(path.join(place.folder, "package.json"), '{ "type": "module" }\n');
  return place;
}

test("whoever reads may stop reading", async () => {
  const { folder } = modelFolder();
  const child = spawn(process.execPath, [...command, "inspect", "net.model.ts", "--level", "program"], { cwd: folder });
  let err = "";
  child.stderr.on("data", (chunk: Buffer) => (err += chunk.toString()));
  child.stdout.destroy();
  const status = await new Promise((resolve) => child.on("close", resolve));
  expect({ status, err }).toEqual({ status: 0, err: "" });
});

testNeeding("a disk that is full is told of, without a stack", absent("/dev/full"), () => {
  const { folder } = modelFolder();
  const { status, stderr } = spawnSync("sh", ["-c", `"$0" "$@" > /dev/full`, process.execPath, ...command, "check", "net.model.ts"], { cwd: folder, encoding: "utf8" });
  expect({ status, stderr }).toEqual({ status: 2, stderr: expect.stringMatching(/^error GF8004: .*\n$/) as string });
});

test("a process that is interrupted has written both files or none", async () => {
  const outcomes = await Promise.all(
    [0, 1, 2, 3].map(async (step) => {
      const { folder } = modelFolder();
      const child = spawn(process.execPath, [...command, "compile", "net.model.ts", "--out", "out"], { cwd: folder });
      const out = path.join(folder, "out");
      // Interrupted at once, or as soon as the folder is there: in the middle of writing, if that could be.
      const watch = setInterval(() => {
        if (step === 0 || existsSync(out)) child.kill(step % 2 === 0 ? "SIGINT" : "SIGTERM");
      }, step * 2);
      let err = "";
      child.stderr.on("data", (chunk: Buffer) => (err += chunk.toString()));
      await new Promise((resolve) => child.on("close", resolve));
      clearInterval(watch);
      return { err, files: existsSync(out) ? readdirSync(out).sort() : [] };
    }),
  );
  for (const { err, files: written } of outcomes) {
    expect(err).toBe("");
    expect([[], ["net.d.ts", "net.js"]]).toContainEqual(written);
  }
});
