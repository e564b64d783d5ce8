/** Compiles a part of the runaway models and prints a line for each; a process of its own, whose memory is bounded. */
import { compile } from "../../src/compile.js";
import { formatDiagnostics } from "../../src/support/diagnostic-format.js";
import { runaways } from "./runaway-models.js";

const [part = 0, parts = 1] = process.argv.slice(2).map(Number);

for (const { name, text, options } of runaways.filter((_, i) => i % parts === part)) {
  const started = performance.now();
  const faults: string[] = [];
  let [codes, files]: [readonly string[], number] = [[], 0];
  try {
    const result = compile({ file: "net.model.ts", text }, options);
    codes = result.diagnostics.map(({ code }) => code);
    files = result.files.length;
    const shown = formatDiagnostics(result.diagnostics, result.sources, { color: false });
    if (shown.length > 60_000) faults.push(`${shown.length} characters are said of it`);
    for (const { help, message } of result.diagnostics) {
      if (help === undefined || help === "") faults.push("no help");
      if (message.length > 1_100) faults.push("a message that nobody reads to its end");
    }
  } catch (thrown) {
    faults.push(String(thrown).slice(0, 500));
  }
  console.log(JSON.stringify({ name, codes: codes.slice(0, 3), faults, files, milliseconds: performance.now() - started }));
}
