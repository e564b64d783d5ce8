/**
 * PyTorch, where a Python has it (and with OpenBLAS: without, it is no rival). It runs beside this process and answers a
 * line for a line, so it takes its turn like everyone; the time is what it took itself, without the way there.
 */
import { spawn, spawnSync, type ChildProcessWithoutNullStreams } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { noSuchNet, type Absent, type Contender } from "./peer.js";
import type { Case } from "../cases.js";

/** Debian's packages belong to the Python of the system, which need not be the first one of the path. */
const pythons = ["python3", "/usr/bin/python3"];

export function findTorch(): { readonly python: string; readonly version: string } | undefined {
  for (const python of pythons) {
    const { status, stdout } = spawnSync(python, ["-c", "import torch; print(torch.__version__)"], { encoding: "utf8" });
    if (status === 0) return { python, version: stdout.trim() };
  }
  return undefined;
}

export async function enterTorch(each: Case, folder: string): Promise<Contender | Absent> {
  if (!["lstm", "gru", "tagger"].includes(each.net)) return noSuchNet;
  const found = findTorch();
  if (found === undefined) return { absent: "no Python here has torch" };
  const child = spawn(found.python, [fileURLToPath(new URL("../../peers/pytorch.py", import.meta.url)), folder], { stdio: ["pipe", "pipe", "inherit"] }) as unknown as ChildProcessWithoutNullStreams;
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const read = async (): Promise<string> => {
    const { done, value } = await lines.next();
    if (done === true) throw new Error("PyTorch ended");
    return value;
  };
  const ask = (question: string): Promise<string> => {
    child.stdin.write(`${question}\n`);
    return read();
  };
  const close = (): void => void child.stdin.end();
  if (!(await read()).startsWith("openblas")) {
    close();
    return { absent: "torch is here without OpenBLAS" };
  }
  return {
    outputs: async () => {
      const bytes = Buffer.from(await ask("outputs"), "hex");
      return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
    },
    work: async (times) => Number(await ask(`work ${times}`)),
    close,
  };
}
