#!/usr/bin/env node
/** The command `gatefold`. Everything is in command-line.ts; here it is tied to the process. */
import { commandLine } from "./command-line.js";

// Whoever reads may stop reading: `gatefold inspect ... | head` is no fault of anyone.
for (const stream of [process.stdout, process.stderr]) {
  stream.on("error", (fault: NodeJS.ErrnoException) => {
    if (fault.code !== "EPIPE") throw fault;
  });
}

process.exitCode = await commandLine(process.argv.slice(2), {
  out: (text) => void process.stdout.write(text),
  err: (text) => void process.stderr.write(text),
  color: process.stderr.isTTY && process.env["NO_COLOR"] === undefined,
  cwd: process.cwd(),
});
