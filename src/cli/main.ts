#!/usr/bin/env node
/** The command `gatefold`. Everything is in command-line.ts; here it is tied to the process. */
import * as nodeModule from "node:module";
import { exitStatus } from "./io.js";

// From Node 22 on, the engine keeps what it made of our code: the reader of TypeScript is most of a cold start.
const { enableCompileCache } = nodeModule as { readonly enableCompileCache?: () => unknown };
enableCompileCache?.();
const { commandLine } = await import("./command-line.js");

let outputFailed = false;

// Whoever reads may stop reading: `gatefold inspect ... | head` is no fault of anyone. A disk that is full is one.
for (const stream of [process.stdout, process.stderr]) {
  stream.on("error", ({ code, message }: NodeJS.ErrnoException) => {
    if (code === "EPIPE") return;
    if (stream === process.stdout) process.stderr.write(`error GF8004: cannot write what was asked for: ${message}\n`);
    process.exitCode = exitStatus.call;
    outputFailed = true;
  });
}

const status = await commandLine(process.argv.slice(2), {
  out: (text) => void process.stdout.write(text),
  err: (text) => void process.stderr.write(text),
  color: process.stderr.isTTY && process.env["NO_COLOR"] === undefined,
  cwd: process.cwd(),
});
if (!outputFailed) process.exitCode = status;
