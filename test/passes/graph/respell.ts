/** Says the same in other words: random, exact or reassociating changes of spelling that canonicalise has to undo. */
import type { Graph, Node } from "../../../src/ir/graph/node.js";
import { rewriteGraph, type RegionEdit, type Rewriter } from "../../../src/ir/graph/rewrite.js";
import { graphRegions } from "../../../src/ir/graph/traverse.js";
import { sameDims, sameType } from "../../../src/ir/graph/types.js";
import { countUses } from "../../../src/passes/graph/uses.js";

export function respell(graph: Graph, random: () => number): Graph {
  const chance = (p: number) => random() < p;
  const shuffled = <T>(list: readonly T[]): T[] => {
    const result = [...list];
    for (let i = result.length - 1; i > 0; i--) {
      const j = Math.floor(random() * (i + 1));
      [result[i], result[j]] = [result[j] as T, result[i] as T];
    }
    return result;
  };
  const uses = countUses(graph);
  const slots = (list: readonly unknown[]) => shuffled(list.map((_, i) => i));
  const edits = new Map(graphRegions(graph).map((region): [number, RegionEdit] => [region.id, { sequences: slots(region.sequences), states: slots(region.states), outputs: slots(region.outputs) }]));

  /** Any nesting of the terms, a difference where one is negated. */
  const nested = (op: "add" | "multiply", args: readonly Node[], rewriter: Rewriter): Node => {
    if (args.length === 1) return args[0] as Node;
    const cut = 1 + Math.floor(random() * (args.length - 1));
    const [left, right] = [nested(op, args.slice(0, cut), rewriter), nested(op, args.slice(cut), rewriter)];
    if (op === "add" && right.op === "negate" && chance(0.7)) return rewriter.make("subtract", [left, right.args[0] as Node], {});
    return rewriter.make(op, [left, right], {});
  };

  /** The products of a sum with weights of one height: one product of a concatenation. */
  const concatenated = (args: readonly Node[], olds: readonly Node[], rewriter: Rewriter): readonly Node[] => {
    const isProduct = (node: Node, i: number) => node.op === "contract" && node.attributes.axis && node.attributes.dims.length === 0 && uses.get(olds[i] as Node) === 1
      && node.args[0]?.op === "param" && node.args[0].type.dims.length === 0 && node.args[0].type.shape.length === 2 && node.args[1]?.type.shape.length === 1;
    const products = args.filter(isProduct);
    const [first] = products;
    const alike = products.filter((each) => first !== undefined && sameType(each.type, first.type) && sameDims(each.args[1]!.type.dims, first.args[1]!.type.dims) && each.args[1]!.type.kind === first.args[1]!.type.kind);
    if (alike.length < 2 || !chance(0.5)) return args;
    const weights = rewriter.make("concat", alike.map((each) => each.args[0] as Node), { axis: 1 });
    const vector = rewriter.make("concat", alike.map((each) => each.args[1] as Node), { axis: 0 });
    return [...args.filter((arg) => !alike.includes(arg)), rewriter.make("contract", [weights, vector], { dims: [], axis: true })];
  };

  return rewriteGraph(graph, (node, args, rewriter) => {
    // x * x: another nesting may compute a part of it once and use it twice, which is another computation.
    if (new Set(args).size < args.length) return undefined;
    switch (node.op) {
      case "add": return nested("add", shuffled(concatenated(args, node.args, rewriter)), rewriter);
      case "multiply": return nested("multiply", shuffled(args), rewriter);
      case "minimum": case "maximum": case "equal": case "notEqual": case "and": case "or": return rewriter.make(node.op, shuffled(args), {});
      case "subtract": return chance(0.5) ? rewriter.make("add", shuffled([args[0] as Node, rewriter.make("negate", [args[1] as Node], {})]), {}) : undefined;
      case "contract": {
        // One stacked product with other rows beside it, of which these are cut out again.
        const [weights, vector] = args as [Node, Node];
        const height = weights.type.shape[0] as number;
        if (weights.op === "param" && weights.type.shape.length === 2 && node.attributes.axis && node.attributes.dims.length === 0 && chance(0.3)) {
          const more = rewriter.builder.make("param", [], { name: `more.${weights.attributes.name}`, per: weights.attributes.per, shape: weights.attributes.shape });
          const first = chance(0.5);
          const stacked = rewriter.make("contract", [rewriter.make("concat", first ? [weights, more] : [more, weights], { axis: 0 }), vector], { dims: [], axis: true });
          return rewriter.make("sliceAxis", [stacked], { axis: 0, start: first ? 0 : height, size: height });
        }
        return rewriter.copy(node, weights.type.shape.length === vector.type.shape.length ? shuffled(args) : chance(0.5) ? [vector, weights] : args);
      }
      default: return undefined;
    }
  }, { edit: (region) => edits.get(region.id) });
}
