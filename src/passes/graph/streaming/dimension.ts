/**
 * Which dimension of a model streams.
 *
 * The one along which an input gives a sequence and an output is one. If there are several: the one that all outputs that
 * are sequences share; of nested sequences (words in sentences) the outermost. A model whose outputs run along no sequence
 * that comes in, or along several that have nothing to do with each other, does not stream.
 */
import { error, type Diagnostic } from "../../../support/diagnostics.js";
import type { Dim, Graph } from "../../../ir/graph/node.js";
import { hasDim, outputType } from "../../../ir/graph/types.js";

export function streamDimension(graph: Graph): Dim | readonly Diagnostic[] {
  const types = graph.outputs.map(outputType);
  const given = new Set(graph.inputs.flatMap((input) => input.type.dims));
  const shared = [...given].filter((dim) => dim.origin.kind === "sequence" && types.some((type) => hasDim(type, dim)));
  if (shared.length === 0) {
    const why = given.size === 0 ? "no input is a sequence" : "no output runs along a sequence that is an input";
    return [error("GF6001", `${graph.name} cannot be run step by step: ${why}`, { help: "return a value for each element of an input" })];
  }
  const sequences = types.filter((type) => type.dims.some((dim) => shared.includes(dim)));
  const ofAll = shared.filter((dim) => sequences.every((type) => hasDim(type, dim)));
  const candidates = ofAll.length > 0 ? ofAll : shared;
  const outer = candidates.filter((dim) => !graph.inputs.some(({ type }) => hasDim(type, dim) && type.dims.slice(0, type.dims.indexOf(dim)).some((each) => candidates.includes(each))));
  const [first, ...others] = outer;
  if (first !== undefined && others.length === 0) return first;
  const names = shared.map((dim) => `"${dim.name}"`).join(" and ");
  return [error("GF6002", `${graph.name} cannot be run step by step: its outputs run along ${names}, and neither is the outer one`, { help: "give the outputs along each sequence a model of their own" })];
}
