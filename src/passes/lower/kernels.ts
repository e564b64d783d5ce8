/**
 * Grouping: sites of one stage and one index space become one kernel, and their reductions share loops. This is gate
 * fusion. It knows no gate: reductions that run over the same loops at the same depth and read the same vector are joined,
 * whatever they are part of.
 */
import type { Accumulator, Axis, Buffer, Expr, Kernel, Reduction, Store } from "../../ir/kernel/kernel.js";
import { exprChildren } from "../../ir/kernel/traverse.js";
import { defined } from "../../support/invariant.js";
import { AxisDependence, extentOperands, reductionOperands, type Expressions } from "./expressions.js";
import { sameIndex, type Site } from "./sites.js";

/** The kernel of some sites of one stage, each of which has the kernel's space or an outer part of it. */
export function makeKernel(name: string, stage: number, space: readonly Axis[], sites: readonly Site[], exprs: Expressions): Kernel {
  const forwarded = forwardStores(sites, exprs);
  const joined = joinReductions(space, forwarded.flatMap((site) => [site.value, ...site.stores.flatMap((store) => store.index)]), exprs);
  const stores: Store[] = forwarded.flatMap((site) =>
    site.stores.map(({ buffer, index }) => ({ buffer, index: index.map(joined.rewrite), value: joined.rewrite(site.value), source: site.node.name })),
  );
  return { name, stage, space, reductions: joined.reductions, stores };
}

/** What a site of the kernel stores and another one reads at the same position is passed on as a value. */
function forwardStores(sites: readonly Site[], exprs: Expressions): readonly Site[] {
  const stored = new Map<Buffer, { readonly index: readonly Expr[]; readonly value: Expr }[]>();
  for (const site of sites) {
    for (const { buffer, index } of site.stores) {
      const known = stored.get(buffer);
      if (known === undefined) stored.set(buffer, [{ index, value: site.value }]);
      else known.push({ index, value: site.value });
    }
  }
  const rewriter = new Substitution(exprs, (load) => stored.get(load.buffer)?.find(({ index }) => sameIndex(index, load.index))?.value);
  return sites.map((site) => ({ ...site, value: rewriter.rewrite(site.value), stores: site.stores }));
}

/** Rebuilds expressions with some loads replaced. A replacement is rewritten in turn. */
class Substitution {
  private readonly exprMemo = new Map<Expr, Expr>();
  private readonly reductionMemo = new Map<Reduction, Reduction>();

  constructor(private readonly exprs: Expressions, private readonly replace: (load: Extract<Expr, { op: "load" }>) => Expr | undefined) {}

  readonly rewrite = (expr: Expr): Expr => {
    const known = this.exprMemo.get(expr);
    if (known !== undefined) return known;
    const replacement = expr.op === "load" ? this.replace(expr) : undefined;
    const result = replacement !== undefined ? this.rewrite(replacement) : rebuild(expr, this.rewrite, this.exprs, this.reduction);
    this.exprMemo.set(expr, result);
    return result;
  };

  private readonly reduction = (reduction: Reduction): { reduction: Reduction; slot: (old: number) => number } => {
    const known = this.reductionMemo.get(reduction);
    if (known !== undefined) return { reduction: known, slot: (old) => old };
    const accumulators = reduction.accumulators.map((accumulator) => mapAccumulator(accumulator, this.rewrite));
    const same = accumulators.every((each, i) => each.value === reduction.accumulators[i]?.value && each.start === reduction.accumulators[i]?.start);
    const result = same ? reduction : { ...reduction, accumulators };
    this.reductionMemo.set(reduction, result);
    return { reduction: result, slot: (old) => old };
  };
}

function mapAccumulator(accumulator: Accumulator, rewrite: (expr: Expr) => Expr): Accumulator {
  const { start, ...rest } = accumulator;
  return { ...rest, value: rewrite(accumulator.value), ...(start === undefined ? {} : { start: rewrite(start) }) };
}

type ReductionMap = (reduction: Reduction) => { reduction: Reduction; slot: (old: number) => number };

/** The same op on rewritten operands, made anew so that it is shared. */
function rebuild(expr: Expr, rewrite: (expr: Expr) => Expr, exprs: Expressions, map: ReductionMap): Expr {
  switch (expr.op) {
    case "number": case "axis": case "length": return expr;
    case "load": return exprs.load(expr.buffer, expr.index.map(rewrite), expr.kind);
    case "unary": return exprs.unary(expr.f, rewrite(expr.arg), expr.kind, expr.source);
    case "binary": return exprs.binary(expr.f, rewrite(expr.left), rewrite(expr.right), expr.kind, expr.source);
    case "select": return exprs.select(rewrite(expr.condition), rewrite(expr.yes), rewrite(expr.no), expr.kind, expr.source);
    case "draw": return exprs.draw(expr.site, expr.counters.map(rewrite));
    case "result": {
      const { reduction, slot } = map(expr.reduction);
      return exprs.result(reduction, slot(expr.slot), expr.kind, expr.rank === undefined ? undefined : rewrite(expr.rank), expr.part);
    }
  }
}

interface Draft {
  readonly reduction: Reduction;
  readonly depth: number;
  /** Drafts whose results it reads. */
  readonly needs: readonly Draft[];
  /** Drafts with the same key may share loops. */
  readonly key: string;
  earliest: number;
  latest: number;
}

/** Puts single reductions into shared loops, in an order in which each comes after what it reads. */
function joinReductions(space: readonly Axis[], roots: readonly Expr[], exprs: Expressions): { reductions: Reduction[]; rewrite: (expr: Expr) => Expr } {
  const dependence = new AxisDependence();
  const drafts = collectDrafts(space, roots, exprs, dependence);
  assignLevels(drafts);
  const groups = new Map<string, Draft[]>();
  for (const draft of drafts) {
    const key = `${draft.earliest} ${draft.key}`;
    const known = groups.get(key);
    if (known === undefined) groups.set(key, [draft]);
    else known.push(draft);
  }
  const ordered = [...groups.values()].sort((a, b) => (a[0]?.earliest ?? 0) - (b[0]?.earliest ?? 0) || (a[0]?.depth ?? 0) - (b[0]?.depth ?? 0));
  const place = new Map<Reduction, { reduction: Reduction; slot: number }>();
  const memo = new Map<Expr, Expr>();
  const rewrite = (expr: Expr): Expr => {
    const known = memo.get(expr);
    if (known !== undefined) return known;
    const result = rebuild(expr, rewrite, exprs, (old) => {
      const found = defined(place.get(old), "a reduction that runs before it is read");
      return { reduction: found.reduction, slot: () => found.slot };
    });
    memo.set(expr, result);
    return result;
  };
  const reductions: Reduction[] = [];
  for (const group of ordered) {
    const accumulators = group.flatMap((draft) => draft.reduction.accumulators.map((each) => mapAccumulator(each, rewrite)));
    const first = group[0];
    if (first === undefined) continue;
    const reduction: Reduction = { axes: first.reduction.axes, depth: first.depth, accumulators };
    reductions.push(reduction);
    group.forEach((draft, slot) => place.set(draft.reduction, { reduction, slot }));
  }
  return { reductions, rewrite };
}

function collectDrafts(space: readonly Axis[], roots: readonly Expr[], exprs: Expressions, dependence: AxisDependence): Draft[] {
  const drafts = new Map<Reduction, Draft>();
  const reads = new Map<Expr, ReadonlySet<Draft>>();
  const visit = (expr: Expr): ReadonlySet<Draft> => {
    const known = reads.get(expr);
    if (known !== undefined) return known;
    const found = new Set<Draft>();
    const add = (inner: Expr) => {
      for (const draft of visit(inner)) found.add(draft);
    };
    for (const inner of exprChildren(expr)) add(inner);
    if (expr.op === "axis") for (const inner of extentOperands(expr.axis.extent)) add(inner);
    if (expr.op === "result") found.add(draftOf(expr.reduction));
    reads.set(expr, found);
    return found;
  };
  const draftOf = (reduction: Reduction): Draft => {
    const known = drafts.get(reduction);
    if (known !== undefined) return known;
    const needs = new Set<Draft>();
    for (const part of reductionOperands(reduction)) for (const draft of visit(part)) needs.add(draft);
    const varies = dependence.ofReduction(reduction);
    const depth = space.reduce((deepest, axis, i) => (varies.has(axis) ? i + 1 : deepest), 0);
    const axes = reduction.axes.map((axis) => exprs.id(exprs.axis(axis))).join(",");
    const key = `${axes} ${depth} ${vectorKey(reduction, space, exprs, dependence)}`;
    const draft: Draft = { reduction, depth, needs: [...needs], key, earliest: 0, latest: 0 };
    drafts.set(reduction, draft);
    return draft;
  };
  for (const root of roots) visit(root);
  return [...drafts.values()];
}

/** Products are joined where they share the factor that does not vary along the vector axis; other reductions freely. */
function vectorKey(reduction: Reduction, space: readonly Axis[], exprs: Expressions, dependence: AxisDependence): string {
  const accumulator = reduction.accumulators[0];
  const last = space.at(-1);
  if (accumulator === undefined || last === undefined) return "";
  if (accumulator.f === "top" || accumulator.f === "argmax") return accumulator.f;
  const { value } = accumulator;
  if (accumulator.f !== "sum" || value.op !== "binary" || value.f !== "multiply") return "";
  for (const factor of [value.left, value.right]) if (!dependence.of(factor).has(last)) return dependence.of(value).has(last) ? `vector ${exprs.id(factor)}` : "";
  return "";
}

/**
 * Levels in which reductions run. Each has an earliest level (after what it needs) and a latest one (before what needs it);
 * within these, those with one key are brought to one level.
 */
function assignLevels(drafts: readonly Draft[]): void {
  const users = new Map<Draft, Draft[]>();
  for (const draft of drafts) for (const need of draft.needs) users.set(need, [...(users.get(need) ?? []), draft]);
  const ancestors = new Map<Draft, ReadonlySet<Draft>>();
  for (const draft of drafts) ancestors.set(draft, new Set(draft.needs.flatMap((need) => [need, ...(ancestors.get(need) ?? [])])));
  const needs = (draft: Draft, other: Draft) => ancestors.get(draft)?.has(other) ?? false;
  const fixed = new Map<Draft, number>();
  const recompute = () => {
    let deepest = 0;
    for (const draft of drafts) {
      draft.earliest = fixed.get(draft) ?? draft.needs.reduce((level, need) => Math.max(level, need.earliest + 1), 0);
      deepest = Math.max(deepest, draft.earliest);
    }
    for (const draft of [...drafts].reverse()) {
      draft.latest = fixed.get(draft) ?? (users.get(draft) ?? []).reduce((level, user) => Math.min(level, user.latest - 1), deepest);
    }
  };
  recompute();
  for (const key of new Set(drafts.map((draft) => draft.key))) {
    let waiting = drafts.filter((draft) => draft.key === key);
    while (waiting.length > 0) {
      const soonest = Math.min(...waiting.map((draft) => draft.latest));
      const together: Draft[] = [];
      for (const draft of waiting) if (draft.earliest <= soonest && !together.some((other) => needs(draft, other) || needs(other, draft))) together.push(draft);
      const level = Math.max(...together.map((draft) => draft.earliest));
      for (const draft of together) fixed.set(draft, level);
      waiting = waiting.filter((draft) => !together.includes(draft));
      recompute();
    }
  }
}
