/**
 * What of a graph depends on the dimension that streams, and where "the current position" stands.
 *
 * A value along the dimension is, outside of everything, a value of each step. Inside a scan over the dimension, and inside
 * a map over it (where values run along an index of it), the current position is the scan's or the map's own, and what
 * still runs along the dimension itself is a whole sequence that was captured.
 */
import type { Dim, Graph, Node, Region } from "../../../ir/graph/node.js";
import { attributeDims } from "../../../ir/graph/attribute-dims.js";
import { dependencies, regionOf, regionResults, topological } from "../../../ir/graph/traverse.js";

export class Dependence {
  /** What the given outputs need, in order. */
  readonly order: readonly Node[];
  /** The scans over the dimension, which become one. */
  readonly scans: readonly Region[];
  private readonly regions = new Map<number, Region>();
  private readonly dependent = new Set<Node>();
  private readonly dependentRegions = new Set<number>();
  private readonly insideScans = new Map<Node, ReadonlySet<number>>();

  constructor(graph: Graph, private readonly dim: Dim, outputs: readonly Node[]) {
    this.order = topological([...graph.inputs, ...outputs]);
    for (const node of this.order) {
      const region = regionOf(node);
      if (region !== undefined) this.regions.set(region.id, region);
    }
    this.scans = [...this.regions.values()].filter((region) => region.over === dim);
    for (const region of this.regions.values()) if (this.isOurs(region.over)) this.dependentRegions.add(region.id);
    // A region depends on the dimension if anything in it does; then so does all of it.
    for (let size = -1; size !== this.dependent.size + this.dependentRegions.size; ) {
      size = this.dependent.size + this.dependentRegions.size;
      for (const node of this.order) this.spread(node);
    }
    for (const node of this.order) this.insideScans.set(node, this.findScans(node));
  }

  /** The dimension, or an index of it: where a value has one element for each step. */
  isPosition(dim: Dim): boolean {
    return dim === this.dim || (dim.origin.kind === "index" && dim.origin.of === this.dim);
  }

  /** The dimension or anything made of it. */
  isOurs(dim: Dim): boolean {
    for (let each: Dim | undefined = dim; each !== undefined; each = each.origin.kind === "sequence" ? undefined : each.origin.of) if (each === this.dim) return true;
    return false;
  }

  isDependent(node: Node): boolean {
    return this.dependent.has(node);
  }

  isRegionDependent(id: number): boolean {
    return this.dependentRegions.has(id);
  }

  region(id: number): Region | undefined {
    return this.regions.get(id);
  }

  isScan(id: number): boolean {
    return this.scans.some((region) => region.id === id);
  }

  /** Whether a value differs between the steps of a scan over the dimension, and is not its result. */
  isInsideScan(node: Node): boolean {
    return (this.insideScans.get(node)?.size ?? 0) > 0;
  }

  private spread(node: Node): void {
    const region = regionOf(node);
    const id = region?.id ?? (node.op === "item" || node.op === "state" || node.op === "step" ? node.attributes.region : undefined);
    if (this.dependent.has(node)) {
      if (region !== undefined) this.dependentRegions.add(region.id);
      return;
    }
    const needs = region === undefined ? dependencies(node) : [...dependencies(node), ...regionResults(region)];
    const depends = [...node.type.dims, ...attributeDims(node)].some((dim) => this.isOurs(dim))
      || needs.some((need) => this.dependent.has(need))
      || (id !== undefined && this.dependentRegions.has(id));
    if (!depends) return;
    this.dependent.add(node);
    if (region !== undefined) this.dependentRegions.add(region.id);
  }

  private findScans(node: Node): ReadonlySet<number> {
    const inside = new Set<number>();
    const add = (need: Node | undefined) => {
      for (const id of (need === undefined ? undefined : this.insideScans.get(need)) ?? []) inside.add(id);
    };
    if (node.op === "item" || node.op === "state" || node.op === "step") {
      const of = this.regions.get(node.attributes.region);
      if (of !== undefined && this.isScan(of.id)) inside.add(of.id);
      // A scan inside the step of another: so are its elements and states.
      if (node.op === "item") add(of?.sequences[node.attributes.slot]);
      if (node.op === "state") add(of?.starts[node.attributes.slot]);
    }
    for (const need of dependencies(node)) add(need);
    const region = regionOf(node);
    if (region !== undefined) {
      for (const need of regionResults(region)) add(need);
      inside.delete(region.id);
    }
    return inside;
  }
}
