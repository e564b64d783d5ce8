/** A browser without a window, and a server of static files with a strict policy, for tests. */
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { type Browser, chromium } from "playwright-core";
import { toolPath } from "../../scripts/machine/tools.js";

/** Debian's Chromium, which asks nobody for anything. */
export async function startBrowser(): Promise<Browser> {
  const args = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];
  return chromium.launch({ executablePath: toolPath("chromium"), args });
}

/** Only files of the page's own server run, and nothing is made of text: what a careful site sends. */
export const policy = "default-src 'none'; script-src 'self'; connect-src 'self'; img-src data:";

/** The same, and WebAssembly may be compiled. */
export const wasmPolicy = policy.replace("script-src 'self'", "script-src 'self' 'wasm-unsafe-eval'");

export interface Server {
  readonly address: string;
  close(): Promise<void>;
}

const types: Readonly<Record<string, string>> = { ".html": "text/html", ".js": "text/javascript", ".css": "text/css" };

/** Serves the files of a folder with a policy. */
export async function serve(folder: string, allowed = policy): Promise<Server> {
  const server = createServer(({ url = "/" }, response) => {
    const { pathname } = new URL(url, "http://localhost");
    const file = path.join(folder, decodeURIComponent(pathname));
    try {
      const content = readFileSync(file);
      response.writeHead(200, { "content-type": types[path.extname(file)] ?? "application/octet-stream", "content-security-policy": allowed });
      response.end(content);
    } catch {
      response.writeHead(404);
      response.end();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    address: `http://127.0.0.1:${port}`,
    close: () => new Promise((resolve, reject) => server.close((error) => (error === undefined ? resolve() : reject(error)))),
  };
}

/** Opens a page and waits for what it leaves in `results`; complaints of the page are errors. */
export async function resultsOf(browser: Browser, address: string): Promise<unknown> {
  const page = await browser.newPage();
  const complaints: string[] = [];
  page.on("pageerror", ({ message }) => complaints.push(message));
  page.on("console", (message) => {
    if (message.type() === "error") complaints.push(message.text());
  });
  page.on("requestfailed", (request) => complaints.push(`${request.url()}: ${request.failure()?.errorText ?? "failed"}`));
  try {
    await page.goto(address, { waitUntil: "load" });
    return await page.evaluate("globalThis.results");
  } catch (thrown) {
    throw new Error([thrown instanceof Error ? thrown.message : String(thrown), ...complaints].join("\n"));
  } finally {
    await page.close();
  }
}
