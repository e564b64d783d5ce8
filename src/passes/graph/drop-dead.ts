/**
 * Drop dead: what no output needs goes.
 *
 * Nodes that nothing reads are gone as soon as a graph is rebuilt. This pass finds what a scan keeps alive by itself: a
 * state that only feeds itself, a sequence of which no living value reads the element, an output that nobody looks at. The
 * inputs of the graph stay, used or not: they are its interface. Exact.
 */
import type { Graph, Node, Region } from "../../ir/graph/node.js";
import { rewriteGraph, type RegionEdit } from "../../ir/graph/rewrite.js";
import { dependencies, graphRegions, regionOf } from "../../ir/graph/traverse.js";
import type { GraphPass } from "../pass.js";

export const dropDead: GraphPass = {
  name: "drop-dead",
  run: (graph) => {
    const live = findLive(graph);
    const edits = new Map(graphRegions(graph).map((region) => [region.id, editOf(region, live)]));
    return rewriteGraph(graph, () => undefined, { edit: (region) => edits.get(region.id) });
  },
};

interface Live {
  readonly nodes: ReadonlySet<Node>;
  /** By region: the slots of states and outputs that are read from outside. */
  readonly finals: ReadonlyMap<number, ReadonlySet<number>>;
  readonly outputs: ReadonlyMap<number, ReadonlySet<number>>;
}

function editOf(region: Region, live: Live): RegionEdit {
  const isRead = (slots: ReadonlyMap<number, ReadonlySet<number>>, slot: number) => slots.get(region.id)?.has(slot) ?? false;
  const slots = (list: readonly unknown[], keep: (slot: number) => boolean) => list.map((_, slot) => slot).filter(keep);
  return {
    sequences: slots(region.sequences, (slot) => live.nodes.has(region.items[slot] as Node)),
    states: slots(region.states, (slot) => live.nodes.has(region.states[slot] as Node) || isRead(live.finals, slot)),
    outputs: slots(region.outputs, (slot) => isRead(live.outputs, slot)),
  };
}

/** Everything that is reached from the outputs when an item leads to its sequence, and a state to its start and next value. */
function findLive(graph: Graph): Live {
  const nodes = new Set<Node>();
  const finals = new Map<number, Set<number>>();
  const outputs = new Map<number, Set<number>>();
  const regions = new Map(graphRegions(graph).map((region) => [region.id, region]));
  const pending: Node[] = [];
  const reach = (...more: readonly (Node | undefined)[]) => {
    for (const node of more) {
      if (node === undefined || nodes.has(node)) continue;
      nodes.add(node);
      pending.push(node);
    }
  };
  const read = (slots: Map<number, Set<number>>, region: number, slot: number) => {
    const known = slots.get(region) ?? new Set<number>();
    slots.set(region, known.add(slot));
  };
  reach(...graph.inputs, ...graph.outputs.map((output) => output.node));
  for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
    // A scan needs of its arguments only those whose elements or states are read; of windows, the bounds.
    reach(...dependencies(node).slice(regionOf(node) === undefined ? 0 : node.args.length));
    switch (node.op) {
      case "scanOutput": {
        const { region, slot } = node.attributes;
        read(outputs, region.id, slot);
        reach(region.outputs[slot]);
        break;
      }
      case "scanFinal": {
        const { region, slot } = node.attributes;
        read(finals, region.id, slot);
        reach(region.starts[slot], region.nexts[slot]);
        break;
      }
      case "item": reach(regions.get(node.attributes.region)?.sequences[node.attributes.slot]); break;
      case "state": {
        const region = regions.get(node.attributes.region);
        reach(region?.starts[node.attributes.slot], region?.nexts[node.attributes.slot]);
        break;
      }
      default: break;
    }
  }
  return { nodes, finals, outputs };
}
