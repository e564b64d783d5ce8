/**
 * Where each node of a graph is computed: at load, once a run, or in each step of a scan.
 */
import { staticLength } from "../../ir/graph/length.js";
import type { Graph, Node, Op, Region } from "../../ir/graph/node.js";
import { dependencies, enclosingRegions, graphNodes, regionOf } from "../../ir/graph/traverse.js";
import type { Dim } from "../../ir/graph/types.js";

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
    for (const node of [...this.order].reverse()) {
      const region = regionOf(node);
      if (region === undefined || this.regions.has(region.id)) continue;
      this.regions.set(region.id, region);
      this.parents.set(region.id, innermost(enclosing.get(node) ?? new Set(), enclosing, this.order));
    }
    const depth = (id: number): number => {
      const parent = this.parents.get(id);
      return typeof parent === "number" ? depth(parent) + 1 : 0;
    };
    for (const node of this.order) {
      if (node.op === "param" || dependencies(node).some((need) => this.usesParameter.has(need))) this.usesParameter.add(node);
      const inside = [...(enclosing.get(node) ?? [])].sort((a, b) => depth(b) - depth(a));
      const region = inside[0];
      this.places.set(node, region !== undefined ? region : this.known(node) ? "prepare" : "run");
    }
    // The parents were found from the sets alone; order them by depth now that all are known.
    for (const node of this.order) {
      const region = regionOf(node);
      if (region === undefined) continue;
      const around = this.of(node);
      this.parents.set(region.id, around === "prepare" ? "run" : around);
    }
  }

  of(node: Node): Place {
    const place = this.places.get(node);
    if (place === undefined) throw new Error(`node ${node.id} is not of this graph`);
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

function innermost(inside: ReadonlySet<number>, _enclosing: ReadonlyMap<Node, ReadonlySet<number>>, _order: readonly Node[]): Place {
  return [...inside].at(-1) ?? "run";
}
