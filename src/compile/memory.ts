/** Models that need more memory than there is. */
import { staticLength } from "../ir/graph/length.js";
import type { Graph, Node } from "../ir/graph/node.js";
import { graphNodes } from "../ir/graph/traverse.js";
import { elementCount } from "../ir/graph/types.js";
import { memoryExcess } from "../ir/program/memory.js";
import type { Program } from "../ir/program/program.js";
import { fail } from "../support/diagnostics.js";

/** @param graph as its author wrote it, whose largest value is pointed at */
export function checkMemory(name: string, graph: Graph, program: Program): void {
  const excess = memoryExcess(program);
  if (excess !== undefined) fail("GF5006", `${name} needs more memory than there is: ${excess.what}, more than ${excess.limit}`, { span: largestNode(graph, excess.limit)?.span, help: "check the sizes; a sum over a product of two sequences, sum(a * b, \"name\"), is never stored" });
}

/** The largest value of a graph that has more elements than the limit. */
function largestNode(graph: Graph, limit: number): Node | undefined {
  const size = ({ type }: Node): number => type.dims.reduce((count, { length }) => count * (staticLength(length) ?? 1), elementCount(type.shape));
  return graphNodes(graph).filter((node) => node.span !== undefined && size(node) > limit).sort((a, b) => size(b) - size(a) || a.id - b.id)[0];
}
