/**
 * The structure of a graph as a string, without the names that people gave: two graphs have one structure exactly when
 * they do the same on the same in the same order. Made for comparison; the text form is for reading.
 */
import type { Attributes, Graph, Node, Op, Region } from "../../ir/graph/node.js";
import { graphNodes } from "../../ir/graph/traverse.js";

export function structureOf(graph: Graph): string {
  const places = new Map<Node, number>();
  const regions = new Map<number, number>();
  const place = (node: Node) => places.get(node) ?? -1;
  const region = (id: number) => {
    const known = regions.get(id);
    if (known !== undefined) return known;
    regions.set(id, regions.size);
    return regions.size - 1;
  };
  const regionText = ({ id, over, reverse, sequences, starts, nexts, outputs }: Region) =>
    `R${region(id)} ${over.label} ${reverse} ${[sequences, starts, nexts, outputs].map((list) => list.map(place).join(",")).join(";")}`;
  const attributesText = (attributes: Attributes[Op]) =>
    JSON.stringify(attributes, (key, value: unknown) => {
      if (typeof value === "number" && (!Number.isFinite(value) || Object.is(value, -0))) return `#${Object.is(value, -0) ? "-0" : value}`;
      if (key === "region") return typeof value === "number" ? region(value) : regionText(value as Region);
      if (typeof value === "object" && value !== null && "label" in value) return value.label;
      return value;
    });
  const lines: string[] = [];
  for (const node of graphNodes(graph)) {
    places.set(node, places.size);
    lines.push(`${node.op}(${node.args.map(place).join(",")})${attributesText(node.attributes)}`);
  }
  for (const { name, node, dims } of graph.outputs) lines.push(`${name}=${place(node)} ${(dims ?? node.type.dims).map((dim) => dim.label).join(",")}`);
  return lines.join("\n");
}
