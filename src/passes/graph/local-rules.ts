/**
 * Local rules: rewriting that looks at one operation and what its arguments are made of.
 *
 * A rule is written for an op. It sees the arguments of a node that is about to be made and may give another node of the
 * same type in its place, or undefined. What it makes goes through the rules again, so a rule states one step and need not
 * think of what follows. Rules of one table are tried in order; the first that answers wins. Every rule must bring its
 * node nearer to some end (fewer nodes, views further outside, ...), or making nodes would not end.
 */
import { invariant } from "../../support/invariant.js";
import type { GraphBuilder } from "../../ir/graph/builder.js";
import { inferType } from "../../ir/graph/infer.js";
import type { Attributes, BinaryOp, Graph, Node, Op, UnaryOp, VariadicOp } from "../../ir/graph/node.js";
import { rewriteGraph, type Rewriter, type RewriteOptions } from "../../ir/graph/rewrite.js";
import { sameType, typeText, type Kind } from "../../ir/graph/types.js";
import { countUses } from "./uses.js";

export interface Maker {
  readonly builder: GraphBuilder;
  /** Makes a node, or what the rules put in its place. */
  make<O extends Op>(op: O, args: readonly Node[], attributes: Attributes[O]): Node;
  apply(op: UnaryOp | BinaryOp | VariadicOp | "select", args: readonly Node[]): Node;
  constant(value: number, kind?: Kind, shape?: readonly number[]): Node;
  /** Whether a node is known to be used by more than the node that is being made. */
  isShared(node: Node): boolean;
}

export type LocalRule<O extends Op> = (args: readonly Node[], attributes: Attributes[O], maker: Maker) => Node | undefined;

/** The rules for some of the ops. */
export type LocalRules = { readonly [O in Op]?: readonly LocalRule<O>[] };

export interface ApplyOptions extends RewriteOptions {
  /** Ops whose arguments may stand in any order: those that have the same in another order become one. */
  readonly unordered?: ReadonlySet<Op>;
}

/** The graph with each node made anew through the rules. Scans keep their form; what is inside them is rewritten, too. */
export function applyRules(graph: Graph, tables: readonly LocalRules[], options: ApplyOptions = {}): Graph {
  const byOp = new Map<Op, readonly LocalRule<Op>[]>();
  for (const table of tables) {
    for (const [op, rules] of Object.entries(table) as [Op, readonly LocalRule<Op>[]][]) byOp.set(op, [...(byOp.get(op) ?? []), ...rules]);
  }
  const uses = countUses(graph);
  const shared = new Set<Node>();
  const inOneOrder = new Map<string, readonly Node[]>();
  return rewriteGraph(graph, (node, args, rewriter) => {
    if (node.op === "scanOutput" || node.op === "scanFinal") return undefined;
    const maker = new RuleMaker(rewriter, byOp, shared, options.unordered ?? nothing, inOneOrder);
    const made = maker.make(node.op, args, rewriter.attributes(node) as never);
    if ((uses.get(node) ?? 0) > 1) shared.add(made);
    return made;
  }, options);
}

const nothing: ReadonlySet<Op> = new Set();

class RuleMaker implements Maker {
  private depth = 0;

  constructor(
    private readonly rewriter: Rewriter,
    private readonly rules: ReadonlyMap<Op, readonly LocalRule<Op>[]>,
    private readonly shared: ReadonlySet<Node>,
    private readonly unordered: ReadonlySet<Op>,
    /** For each op and set of arguments the order in which they stood first. */
    private readonly inOneOrder: Map<string, readonly Node[]>,
  ) {}

  get builder(): GraphBuilder {
    return this.rewriter.builder;
  }

  make<O extends Op>(op: O, args: readonly Node[], attributes: Attributes[O]): Node {
    const rules = this.rules.get(op) as readonly LocalRule<O>[] | undefined;
    if (rules === undefined) return this.finish(op, args, attributes);
    invariant(this.depth < 1000, () => `the rules for ${op} go round in circles`);
    this.depth++;
    for (const rule of rules) {
      const made = rule(args, attributes, this);
      if (made === undefined) continue;
      this.depth--;
      const type = inferType(op, args, attributes);
      invariant(sameType(made.type, type), () => `a rule turned ${op} of type ${typeText(type)} into ${made.op} of type ${typeText(made.type)}`);
      return made;
    }
    this.depth--;
    return this.finish(op, args, attributes);
  }

  private finish<O extends Op>(op: O, args: readonly Node[], attributes: Attributes[O]): Node {
    if (!this.unordered.has(op)) return this.rewriter.make(op, args, attributes);
    const key = `${op} ${args.map((arg) => arg.id).sort((a, b) => a - b).join(" ")}`;
    const order = this.inOneOrder.get(key) ?? args;
    this.inOneOrder.set(key, order);
    return this.rewriter.make(op, order, attributes);
  }

  apply(op: UnaryOp | BinaryOp | VariadicOp | "select", args: readonly Node[]): Node {
    return this.make(op, args, {});
  }

  constant(value: number, kind: Kind = "real", shape: readonly number[] = [1]): Node {
    return this.builder.constant(value, kind, shape);
  }

  isShared(node: Node): boolean {
    return this.shared.has(node);
  }
}
