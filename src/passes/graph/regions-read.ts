/**
 * The regions whose parameters a node reads, straight or through others: its value differs between their steps. As for
 * enclosingRegions, but for graphs that are still being made.
 */
import type { Node } from "../../ir/graph/node.js";
import { dependencies, regionOf, regionResults } from "../../ir/graph/traverse.js";

const nothing: ReadonlySet<number> = new Set();
const known = new WeakMap<Node, ReadonlySet<number>>();

export function regionsRead(node: Node): ReadonlySet<number> {
  const before = known.get(node);
  if (before !== undefined) return before;
  const stack: { readonly node: Node; readonly needs: readonly Node[]; next: number }[] = [{ node, needs: needsOf(node), next: 0 }];
  for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
    const need = top.needs[top.next++];
    if (need === undefined) {
      known.set(top.node, gather(top.node, top.needs));
      stack.pop();
    } else if (!known.has(need)) stack.push({ node: need, needs: needsOf(need), next: 0 });
  }
  return known.get(node) ?? nothing;
}

function needsOf(node: Node): readonly Node[] {
  const region = regionOf(node);
  return region === undefined ? dependencies(node) : [...dependencies(node), ...regionResults(region)];
}

function gather(node: Node, needs: readonly Node[]): ReadonlySet<number> {
  const own = node.op === "item" || node.op === "state" || node.op === "step" || node.op === "history" ? [node.attributes.region] : [];
  const read = new Set<number>([...own, ...needs.flatMap((need) => [...(known.get(need) ?? nothing)])]);
  const region = regionOf(node);
  if (region !== undefined) read.delete(region.id);
  return read.size === 0 ? nothing : read;
}
