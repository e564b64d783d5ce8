/**
 * A display for headless GL, which makes its contexts through X11: that of the environment, or an Xvfb of our own, which
 * ends with this process.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { tools } from "../machine/tools.js";

export interface Display {
  stop(): void;
}

/** Sets DISPLAY; undefined where there is no display to be had. */
export async function startDisplay(): Promise<Display | undefined> {
  if (process.env["DISPLAY"] !== undefined) return { stop: () => {} };
  const program = tools.xvfb.find();
  if (program === undefined) return undefined;
  // It finds a free number itself and writes it to the third stream.
  const server = spawn(program, ["-displayfd", "3", "-screen", "0", "640x480x24", "-nolisten", "tcp", "-ac"], { stdio: ["ignore", "ignore", "ignore", "pipe"] });
  const number = await displayNumber(server);
  if (number === undefined) return undefined;
  process.env["DISPLAY"] = `:${number}`;
  const stop = (): void => {
    delete process.env["DISPLAY"];
    server.kill();
  };
  process.on("exit", () => server.kill());
  server.unref();
  return { stop };
}

function displayNumber(server: ChildProcess): Promise<number | undefined> {
  return new Promise((resolve) => {
    let text = "";
    server.on("error", () => resolve(undefined));
    server.on("exit", () => resolve(undefined));
    server.stdio[3]?.on("data", (chunk: Buffer) => {
      text += chunk.toString();
      if (text.includes("\n")) resolve(Number(text));
    });
  });
}
