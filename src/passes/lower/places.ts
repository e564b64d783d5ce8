/**
 * Where each node of a graph is computed: at load, once a run, or in each step of a scan.
 */
import { staticLength } from "../../ir/graph/length.js";
import type { Graph, Node, Op, Region } from "../../ir/graph/node.js";
import { dependencies, enclosingRegions, graphNodes, regionOf } from "../../ir/graph/traverse.js";
import type { Dim } from "../../ir/graph/types.js";
import { invariant } from "../../support/invariant.js";

/** `prepare`: from parameters alone, when they are loaded. `run`: once a call. A number: in the region with that id. */
export type Place = "prepare" | "run" | number;

export class Places {
  readonly order: readonly Node[];
  /** Every scan, outer ones first. */
  readonly regions = new Map<number, Region>();
  private readonly places = new Map<Node, Place>();
  private readonly parents = new Map<number, Place>();
  private readonly usesParameter = new Set<Node>();

  constructor(graph: Graph) {
    this.order = graphNodes(graph);
    const enclosing = enclosingRegions(this.order);
    // A region inside another is nested deeper than it; users come after what they use, so outer scans are met first from the end.
    const depths = new Map<number, number>();
    for (const node of [...this.order].reverse()) {
      const region = regionOf(node);
      if (region === undefined || this.regions.has(region.id)) continue;
      const around = [...(enclosing.get(node) ?? [])];
      const depthOf = (id: number) => depths.get(id) ?? 0;
      around.sort((a, b) => depthOf(b) - depthOf(a));
      this.regions.set(region.id, region);
      this.parents.set(region.id, around[0] ?? "run");
      depths.set(region.id, around[0] === undefined ? 1 : depthOf(around[0]) + 1);
    }
    for (const node of this.order) {
      if (node.op === "param" || dependencies(node).some((need) => this.usesParameter.has(need))) this.usesParameter.add(node);
      let place: Place = this.known(node) ? "prepare" : "run";
      for (const id of enclosing.get(node) ?? []) {
        if (typeof place !== "number" || (depths.get(id) ?? 0) > (depths.get(place) ?? 0)) place = id;
      }
      this.places.set(node, place);
    }
  }

  of(node: Node): Place {
    const place = this.places.get(node);
    invariant(place !== undefined, () => `node ${node.id} is not of this graph`);
    return place;
  }

  parent(region: number): Place {
    return this.parents.get(region) ?? "run";
  }

  /** The regions around a place, outermost first. */
  around(place: Place): readonly Region[] {
    const list: Region[] = [];
    for (let each = place; typeof each === "number"; each = this.parent(each)) {
      const region = this.regions.get(each);
      if (region !== undefined) list.unshift(region);
    }
    return list;
  }

  dependsOnParameters(node: Node): boolean {
    return this.usesParameter.has(node);
  }

  /** Can it be computed when the weights are loaded? */
  private known(node: Node): boolean {
    if (neverAtLoad.has(node.op)) return false;
    if (!node.type.dims.every(isStatic)) return false;
    if ((node.op === "contract" || node.op === "reduce") && !node.attributes.dims.every(isStatic)) return false;
    return dependencies(node).every((need) => this.places.get(need) === "prepare");
  }
}

const neverAtLoad: ReadonlySet<Op> = new Set<Op>(["input", "length", "item", "state", "step", "history", "draw", "scanOutput", "scanFinal"]);

function isStatic(dim: Dim): boolean {
  return dim.origin.kind !== "window" && staticLength(dim.length) !== undefined;
}
