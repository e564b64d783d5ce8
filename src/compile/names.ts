/** What a caller says of dimensions, inputs and outputs by their names: a name that no model knows is misspelt. */
import type { BatchLayout } from "../backends/target.js";
import { freeNames } from "../ir/graph/length.js";
import type { Graph } from "../ir/graph/node.js";
import { graphRegions } from "../ir/graph/traverse.js";
import { fail } from "../support/diagnostics.js";
import type { CompileOptions } from "./options.js";
import type { ModelReport } from "./report.js";

/** Dimensions that are unrolled or get a length. */
export function checkNames({ unroll = {}, lengths = {} }: CompileOptions, graphs: readonly Graph[]): void {
  const scanned = new Set(graphs.flatMap((graph) => graphRegions(graph).map(({ over }) => over.name)));
  for (const [name, factor] of Object.entries(unroll)) {
    if (factor !== "all" && !(Number.isSafeInteger(factor) && factor >= 1)) fail("GF5003", `${name} cannot be unrolled by ${factor}`, { help: `a factor is a whole number from 1; "all" writes every step out` });
    if (!scanned.has(name)) fail("GF5005", `no model has a scan over ${JSON.stringify(name)}`, { help: scanned.size === 0 ? "there is no scan" : `there are scans over ${[...scanned].join(", ")}` });
  }
  const free = new Set(graphs.flatMap((graph) => freeLengths(graph)));
  for (const [name, length] of Object.entries(lengths)) {
    if (!free.has(name)) fail("GF5002", `no model has the free length ${JSON.stringify(name)}`, { help: free.size === 0 ? "all lengths are fixed already" : `the free lengths are ${[...free].join(", ")}` });
    if (!Number.isSafeInteger(length) || length < 0) fail("GF5003", `the length ${name} cannot be ${length}`, { help: "a length is a whole number from 0" });
  }
}

/** The free lengths of a graph's inputs, in order. */
function freeLengths(graph: Graph): string[] {
  const names = graph.inputs.flatMap(({ attributes }) => attributes.type.dims.flatMap((dim) => [...freeNames(dim.length)]));
  return [...new Set(names)];
}

/** Where the batch stands in flat arrays; undefined where none are asked for. */
export function layoutOf({ layout: all, layoutOf: of = {} }: CompileOptions, models: readonly ModelReport[]): BatchLayout | undefined {
  const names = new Set(models.flatMap(({ inputs, outputs }) => [...inputs, ...outputs].map(({ name }) => name)));
  for (const name of Object.keys(of)) if (!names.has(name)) fail("GF5008", `no model has an input or output ${JSON.stringify(name)} to lay out`, { help: `the inputs and outputs are ${[...names].join(", ")}` });
  if (all === undefined && Object.keys(of).length > 0) fail("GF5008", "some arrays have a layout, and the others have none", { help: "say where the batch stands in all others: --layout batch-first or --layout time-first" });
  return all === undefined ? undefined : { all, of };
}
