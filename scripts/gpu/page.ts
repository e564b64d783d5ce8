/**
 * A page in headless Chromium in which generated GPU modules run, with gpu.js from its own build for browsers. It counts
 * what WebGL does: contexts, draw calls, errors, textures made and deleted.
 */
import { readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";
import { type Browser, chromium, type Page } from "playwright-core";
import { toolPath } from "../machine/tools.js";

/** SwiftShader stands in for a GPU: WebGL 2 by default, WebGPU only when it is asked for by name. */
export const chromiumFlags = ["--no-sandbox", "--enable-unsafe-swiftshader", "--enable-unsafe-webgpu", "--use-webgpu-adapter=swiftshader", "--ignore-gpu-blocklist"];

export interface GlCounts {
  readonly contexts: number;
  readonly draws: number;
  readonly textures: number;
}

/** Runs before any script of the page. */
const counting = `
window.glCounts = { contexts: [], draws: 0, textures: 0 };
for (const Context of [window.WebGLRenderingContext, window.WebGL2RenderingContext]) {
  if (!Context) continue;
  const wrap = (name, note) => {
    const original = Context.prototype[name];
    Context.prototype[name] = function (...args) { note(this); return original.apply(this, args); };
  };
  wrap("drawArrays", (context) => { window.glCounts.draws++; if (!window.glCounts.contexts.includes(context)) window.glCounts.contexts.push(context); });
  wrap("createTexture", () => { window.glCounts.textures++; });
  wrap("deleteTexture", () => { window.glCounts.textures--; });
}window.glErrors = () => window.glCounts.contexts.splice(0).map((context) => context.getError());
`;

export interface GpuPage {
  readonly page: Page;
  counts(): Promise<GlCounts>;
  close(): Promise<void>;
}

export async function openGpuPage(): Promise<GpuPage> {
  const library = readFileSync(createRequire(import.meta.url).resolve("gpu.js/dist/gpu-browser.js"), "utf8");
  const server = await serve({ "/": `<!doctype html><meta charset="utf-8"><title>GPU modules</title><script src="/gpu.js"></script>`, "/gpu.js": library });
  const browser = await chromium.launch({ executablePath: toolPath("chromium"), args: chromiumFlags });
  const page = await browser.newPage();
  await page.addInitScript(counting);
  // WebGPU is there for origins that are trustworthy, as localhost is.
  await page.goto(`http://localhost:${(server.address() as AddressInfo).port}/`);
  return {
    page,
    counts: () => page.evaluate(`({ contexts: glCounts.contexts.length, draws: glCounts.draws, textures: glCounts.textures })`),
    close: () => close(browser, server),
  };
}

export async function serve(files: Readonly<Record<string, string>>): Promise<Server> {
  const server = createServer((request, response) => {
    const path = (request.url ?? "/").split("?")[0] ?? "/";
    const text = files[path];
    response.writeHead(text === undefined ? 404 : 200, { "content-type": path.endsWith(".js") ? "text/javascript" : "text/html" });
    response.end(text ?? "");
  });
  await new Promise<void>((resolve) => server.listen(0, "localhost", resolve));
  return server;
}

export async function close(browser: Browser, server: Server): Promise<void> {
  await browser.close();
  await new Promise((resolve) => server.close(resolve));
}
