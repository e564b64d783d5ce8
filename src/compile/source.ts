/** Whether what is to be compiled can be meant: the text of a model file, or graphs. */
import { fail } from "../support/diagnostics.js";
import { shown } from "../support/shown.js";

/** Callers in JavaScript have no types that would tell a text from a file of text. */
export function checkSource(source: unknown): void {
  const graphs: readonly unknown[] = Array.isArray(source) ? source : [source];
  if (graphs.length === 0) fail("GF5009", "compile got no graph", { help: "give it at least one, or a model file: { file: \"net.model.ts\", text }" });
  for (const each of graphs) {
    if (typeof each !== "object" || each === null || !("text" in each || "outputs" in each)) {
      const help = typeof each === "string" ? "say how messages call it: compile({ file: \"net.model.ts\", text }); compileFile of gatefold/node takes a path" : "give { file, text }, or what a GraphBuilder made";
      fail("GF5009", `compile got ${shown(each)}, neither a model file nor a graph`, { help });
    }
  }
  if (typeof source === "object" && source !== null && "text" in source) checkText(source);
}

function checkText({ text, file, host }: { readonly text: unknown; readonly file?: unknown; readonly host?: unknown }): void {
  if (typeof text !== "string") fail("GF5009", `the text of the model file is ${shown(text)}, no string`, { help: "decode its bytes: new TextDecoder().decode(bytes)" });
  if (typeof file !== "string") fail("GF5009", file === undefined ? "the model file has no name" : `the name of the model file is ${shown(file)}, no string`, { help: "messages and the module are called by it: compile({ file: \"net.model.ts\", text })" });
  if (host !== undefined && (typeof host !== "object" || host === null || !("resolve" in host) || typeof host.resolve !== "function")) {
    fail("GF5009", `the host of the model file is ${shown(host)}, which resolves nothing`, { help: "give { resolve: (specifier, from) => ... }, or leave it out" });
  }
}
