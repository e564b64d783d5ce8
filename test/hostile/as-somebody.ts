/**
 * The command line as somebody whom the system denies things: a superuser, as in continuous integration, reads and writes
 * whatever there is. So a superuser becomes somebody else - after all code is loaded, since that may lie where only a
 * superuser gets to.
 *
 *     as-somebody.ts UID FOLDER CALLS
 *
 * CALLS are JSON, a list of arguments each. It prints a list of what they gave.
 */
import { commandLine } from "../../src/cli/command-line.js";
import type { CommandIo } from "../../src/cli/io.js";

const [uid, folder, calls] = process.argv.slice(2);
if (uid === undefined || folder === undefined || calls === undefined) throw new Error("usage: as-somebody.ts UID FOLDER CALLS");

async function outcome(args: readonly string[], cwd: string): Promise<{ readonly status: number; readonly out: string; readonly err: string }> {
  let [out, err] = ["", ""];
  const io: CommandIo = { out: (text) => (out += text), err: (text) => (err += text), color: false, cwd };
  const status = await commandLine(args, io);
  return { status, out, err };
}

// What the commands load, they load now.
await import("../../src/compile.js");
for (const command of ["check", "compile"]) await outcome([command, "none.model.ts", "--out", "none"], folder);

if (process.getuid?.() === 0) {
  process.setgroups?.([]);
  process.setgid?.(Number(uid));
  process.setuid?.(Number(uid));
}
const outcomes = [];
for (const args of JSON.parse(calls) as readonly (readonly string[])[]) outcomes.push(await outcome(args, folder));
console.log(JSON.stringify({ superuser: process.getuid?.() === 0, outcomes }));
