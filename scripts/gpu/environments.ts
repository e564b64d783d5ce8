/** Where generated GPU modules run: headless GL in this process, or a page of Chromium. Each counts what GL did for a task. */
import { createRequire } from "node:module";
import type { Evaluated, Task } from "./evaluate.js";
import { evaluateText } from "./evaluate.js";
import { moduleBody } from "./module-body.js";
import { type GlCounts, openGpuPage } from "./page.js";

export interface Environment {
  readonly name: string;
  readonly mode: string;
  /** Whether what it computes on is GL, so that draw calls are there to be counted. */
  readonly isGl: boolean;
  evaluate(module: string, task: Omit<Task, "mode">): Promise<{ readonly evaluated: Evaluated; readonly before: GlCounts; readonly after: GlCounts }>;
  close(): Promise<void>;
}

type Load = (weights: unknown, options: unknown) => Promise<unknown>;

/** Counts what a GL of Node does. It has to be asked before gpu.js is loaded. */
class NodeGl {
  readonly contexts: { getError(): number }[] = [];
  draws = 0;
  textures = 0;

  constructor(require: NodeJS.Require) {
    const path = require.resolve("gl", { paths: [require.resolve("gpu.js")] });
    const create = require(path) as ((...args: unknown[]) => Record<string, unknown> | null) & Record<string, unknown>;
    const wrapped = (...args: unknown[]): Record<string, unknown> | null => {
      const context = create(...args);
      if (context !== null) this.#count(context);
      return context;
    };
    const cached = require.cache[path];
    Object.assign(globalThis, { glErrors: () => this.contexts.splice(0).map((context) => context.getError()) });
    if (cached !== undefined) cached.exports = Object.assign(wrapped, create);
  }

  #count(context: Record<string, unknown>): void {
    const wrap = (name: string, note: () => void): void => {
      const original = context[name] as (...args: unknown[]) => unknown;
      context[name] = (...args: unknown[]) => {
        note();
        return original.apply(context, args);
      };
    };
    // Contexts that draw; gpu.js makes others to see what there is.
    wrap("drawArrays", () => {
      this.draws += 1;
      if (!this.contexts.includes(context as unknown as { getError(): number })) this.contexts.push(context as unknown as { getError(): number });
    });
    wrap("createTexture", () => (this.textures += 1));
    wrap("deleteTexture", () => (this.textures -= 1));
  }

  counts(): GlCounts {
    return { contexts: this.contexts.length, draws: this.draws, textures: this.textures };
  }
}

export function nodeEnvironment(mode: string): Environment {
  const require = createRequire(import.meta.url);
  const gl = mode === "headlessgl" ? new NodeGl(require) : undefined;
  const { GPU, Input, input } = require("gpu.js") as { readonly GPU: unknown; readonly Input: unknown; readonly input: unknown };
  const counts = (): GlCounts => gl?.counts() ?? { contexts: 0, draws: 0, textures: 0 };
  const evaluate = new Function(`return ${evaluateText};`)() as (load: Load, task: Task) => Promise<Evaluated>;
  return {
    name: "Node",
    mode,
    isGl: mode === "headlessgl",
    async evaluate(module, task) {
      const { load } = new Function("GPU", "Input", "input", moduleBody(module))(GPU, Input, input) as { readonly load: Load };
      const before = counts();
      const evaluated = await evaluate(load, { ...task, mode });
      return { evaluated, before, after: counts() };
    },
    close: () => Promise.resolve(),
  };
}

export async function pageEnvironment(mode: string): Promise<Environment> {
  const { page, counts, close } = await openGpuPage();
  return {
    name: "Chromium",
    mode,
    isGl: mode === "webgl2",
    async evaluate(module, task) {
      const before = await counts();
      const evaluated = await page.evaluate(
        ([body, text, given]) => {
          const window = globalThis as unknown as { readonly GPU: { readonly GPU?: unknown; readonly Input: unknown; readonly input: unknown } };
          const library = window.GPU.GPU === undefined ? window.GPU : (window.GPU.GPU as typeof window.GPU);
          const { load } = new Function("GPU", "Input", "input", body ?? "")(library, library.Input, library.input) as { readonly load: unknown };
          return (new Function(`return ${text ?? ""};`)() as (load: unknown, task: unknown) => Promise<unknown>)(load, JSON.parse(given ?? ""));
        },
        [moduleBody(module), evaluateText, JSON.stringify({ ...task, mode })],
      );
      return { evaluated: evaluated as Evaluated, before, after: await counts() };
    },
    close,
  };
}
