/**
 * Common terms: what several sums (or products) have in common is computed once.
 *
 * The rules flatten sums, also through a sum that is used elsewhere; so whether `a + b + c` was written with the `a + b`
 * that another sum has, too, no longer shows. Here the sharing is found again, and in one way: the pair of terms that
 * occurs most often becomes a value of its own, again and again, until no pair occurs twice. Residual streams, which would
 * grow with each layer, become chains again. Among pairs that occur equally often colours decide. Reassociates.
 */
import { at, defined } from "../../../support/invariant.js";
import type { Graph, Node, VariadicOp } from "../../../ir/graph/node.js";
import { rewriteGraph, type Rewriter } from "../../../ir/graph/rewrite.js";
import { graphNodes } from "../../../ir/graph/traverse.js";
import { Colouring, hash, type Colour } from "./colours.js";
import { isWeights } from "./load-time.js";

/** A term is a node of the graph, or what a pair of terms became. */
interface Term {
  readonly key: string;
  readonly node: Node | undefined;
  readonly parts: readonly Term[];
  readonly colour: Colour;
}

interface Sum {
  readonly node: Node;
  terms: readonly Term[];
}

export function shareTerms(graph: Graph): Graph {
  const order = graphNodes(graph);
  const plans = (["add", "multiply"] as const).map((op) => ({ op, sums: order.filter((node) => node.op === op && !isWeights(node)) })).filter(({ sums }) => mayShare(sums));
  if (plans.length === 0) return graph;
  const colouring = new Colouring(graph);
  const planned = new Map<Node, readonly Term[]>();
  const uses = new Map<string, number>();
  for (const { op, sums } of plans) plan(op, sums, colouring, planned);
  for (const terms of planned.values()) countUses(terms, uses);
  return rewriteGraph(graph, (node, _, rewriter) => {
    const terms = planned.get(node);
    return terms === undefined || (node.op !== "add" && node.op !== "multiply") ? undefined : build(node.op, terms, rewriter, uses);
  });
}

/** Whether some term stands in two sums, or twice in one; otherwise no pair does. */
function mayShare(sums: readonly Node[]): boolean {
  const seen = new Map<Node, number>();
  for (const { args } of sums) for (const arg of args) seen.set(arg, (seen.get(arg) ?? 0) + 1);
  return sums.some(({ args }) => args.length > 2 && args.filter((arg) => (seen.get(arg) ?? 0) > 1).length > 1);
}

function plan(op: VariadicOp, nodes: readonly Node[], colouring: Colouring, planned: Map<Node, readonly Term[]>): void {
  const sums: Sum[] = nodes.map((node) => ({ node, terms: node.args.map((arg) => ({ key: `${arg.id}`, node: arg, parts: [], colour: colouring.of(arg) })) }));
  for (;;) {
    const pair = mostFrequentPair(sums);
    if (pair === undefined) break;
    const [a, b] = pair;
    const joined: Term = { key: `(${a.key} ${b.key})`, node: undefined, parts: pair, colour: hash(op, Math.min(a.colour, b.colour), Math.max(a.colour, b.colour)) };
    for (const sum of sums) while (holds(sum.terms, a, b)) sum.terms = [...without(without(sum.terms, a), b), joined];
  }
  for (const { node, terms } of sums) planned.set(node, terms);
}

function without(terms: readonly Term[], term: Term): readonly Term[] {
  const place = terms.findIndex(({ key }) => key === term.key);
  return terms.filter((_, i) => i !== place);
}

function holds(terms: readonly Term[], a: Term, b: Term): boolean {
  return terms.some(({ key }) => key === a.key) && without(terms, a).some(({ key }) => key === b.key);
}

/** How often each pair of terms occurs; the most frequent one, if it does so twice. */
function mostFrequentPair(sums: readonly Sum[]): readonly [Term, Term] | undefined {
  const counts = new Map<string, { readonly pair: readonly [Term, Term]; readonly rank: Colour; count: number }>();
  for (const { terms } of sums) {
    const distinct = new Map(terms.map((term) => [term.key, term]));
    const list = [...distinct.values()].sort((x, y) => (x.key < y.key ? -1 : 1));
    const times = (term: Term) => terms.filter(({ key }) => key === term.key).length;
    for (const [i, a] of list.entries()) {
      for (const b of list.slice(i)) {
        const often = a === b ? Math.floor(times(a) / 2) : Math.min(times(a), times(b));
        if (often === 0) continue;
        const key = `${a.key} ${b.key}`;
        const known = counts.get(key) ?? { pair: [a, b] as const, rank: hash(Math.min(a.colour, b.colour), Math.max(a.colour, b.colour)), count: 0 };
        known.count += often;
        counts.set(key, known);
      }
    }
  }
  let best: { readonly pair: readonly [Term, Term]; readonly rank: Colour; readonly count: number } | undefined;
  for (const each of counts.values()) {
    if (each.count < 2) continue;
    if (best === undefined || each.count > best.count || (each.count === best.count && each.rank < best.rank)) best = each;
  }
  return best?.pair;
}

/** What became of a pair is used by sums and by larger pairs; counted once for each. */
function countUses(terms: readonly Term[], uses: Map<string, number>): void {
  for (const term of terms) {
    if (term.parts.length === 0) continue;
    const before = uses.get(term.key) ?? 0;
    uses.set(term.key, before + 1);
    if (before === 0) countUses(term.parts, uses);
  }
}

/** A pair that only one sum came to use is no value of its own. */
function build(op: VariadicOp, terms: readonly Term[], rewriter: Rewriter, uses: ReadonlyMap<string, number>): Node {
  const [only] = terms;
  if (terms.length === 1 && only !== undefined && only.parts.length > 0) return build(op, only.parts, rewriter, uses);
  const args = terms.flatMap((term) => open(op, term, rewriter, uses));
  return args.length === 1 ? at(args, 0) : rewriter.make(op, args, {});
}

function open(op: VariadicOp, term: Term, rewriter: Rewriter, uses: ReadonlyMap<string, number>): readonly Node[] {
  if (term.parts.length === 0) return [rewriter.get(defined(term.node, "a term"))];
  return (uses.get(term.key) ?? 0) > 1 ? [build(op, term.parts, rewriter, uses)] : term.parts.flatMap((part) => open(op, part, rewriter, uses));
}
