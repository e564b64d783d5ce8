/**
 * What a browser downloads of the LSTM's module, gzipped: every file that `gatefold compile` writes but the types; weights
 * come from elsewhere. With the options that make modules smaller, one after another.
 */
import { gzipSync } from "node:zlib";
import { compileFile } from "../src/cli/node.js";
import type { CompileOptions } from "../src/compile.js";
import { modelFile } from "./material.js";
import type { ModuleSize } from "./report/results.js";
import { minifier } from "../src/minify.js";

/** The options of a module, as the command line has them and as the interface does. */
interface Form {
  readonly name: string;
  readonly options: CompileOptions;
}

/** One body of WebAssembly: the second, with relaxed SIMD, would be as large. */
const oneBody: Form = { name: "--target wasm --no-relaxed-simd", options: { target: "wasm", relaxedSimd: false } };

/** The last one is what the bar is about. */
const forms: readonly Form[] = [
  { name: "--target js", options: { target: "js" } },
  { name: "--target js --minify", options: { target: "js", minify: minifier } },
  { name: "--target wasm --minify", options: { target: "wasm", minify: minifier } },
  oneBody,
  more(oneBody, "--minify", { minify: minifier }),
  more(oneBody, "--minify --weights-form float32", { minify: minifier, weightsForm: "float32" }),
  more(oneBody, "--minify --weights-form float32 --wasm beside", { minify: minifier, weightsForm: "float32", wasm: "beside" }),
  more(oneBody, "--minify --no-stream", { minify: minifier, streams: false }),
  more(oneBody, "--minify --weights-form float32 --no-stream", { minify: minifier, weightsForm: "float32", streams: false }),
  more(oneBody, "--minify --weights-form arrays", { minify: minifier, weightsForm: "arrays" }),
  more(oneBody, "--minify --weights-form arrays --wasm beside", { minify: minifier, weightsForm: "arrays", wasm: "beside" }),
];

function more({ name, options }: Form, further: string, furtherOptions: CompileOptions): Form {
  return { name: `${name} ${further}`, options: { ...options, ...furtherOptions } };
}

export async function moduleSizes(): Promise<ModuleSize[]> {
  const sizes: ModuleSize[] = [];
  for (const { name, options } of forms) {
    const { files } = await compileFile(modelFile("lstm"), options);
    const contents = files.filter(({ path }) => !path.endsWith(".d.ts")).map(({ text, bytes }) => bytes ?? new TextEncoder().encode(text));
    const sum = (sizeOf: (content: Uint8Array) => number): number => contents.reduce((total, content) => total + sizeOf(content), 0);
    sizes.push({ options: name, bytes: sum(({ length }) => length), gzipBytes: sum((content) => gzipSync(content, { level: 9 }).length) });
  }
  return sizes;
}
