/** Whether a value depends on something that it may not take with it: the step of a scan, the position of a map. */
import type { Node } from "../../ir/graph/node.js";
import { dependencies, regionOf, regionResults } from "../../ir/graph/traverse.js";
import type { Dim } from "../../ir/graph/types.js";

export type Inside = { readonly region: number } | { readonly index: Dim };

export function dependsOn(roots: readonly Node[], inside: Inside): boolean {
  const seen = new Set<Node>();
  const stack = [...roots];
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    if (seen.has(node)) continue;
    seen.add(node);
    if ("index" in inside) {
      if (node.type.dims.includes(inside.index)) return true;
    } else if ((node.op === "item" || node.op === "state" || node.op === "step") && node.attributes.region === inside.region) return true;
    stack.push(...dependencies(node));
    const region = regionOf(node);
    if (region !== undefined) stack.push(...regionResults(region));
  }
  return false;
}
