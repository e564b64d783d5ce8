/**
 * Tabulate: a product of weights with a row of a table is a row of their product, which is computed at load time.
 *
 * A net over characters or words begins with `W pick(table, id)`. There are as many such products as the table has rows,
 * so `W table` is computed once and a step only looks its row up: no sum is left. For small tables alone, since the
 * product may be larger than both factors, and not for training, which would have to go through all of it for the
 * gradient of one row. Exact: each element is the sum that it was.
 */
import { at } from "../../support/invariant.js";
import { hasDim } from "../../ir/graph/types.js";
import type { GraphPass } from "../pass.js";
import { isWeights } from "./canonical/load-time.js";
import { canMeet, staticSize } from "./dims.js";
import { applyRules, type LocalRule } from "./local-rules.js";

export interface TabulateOptions {
  /** The most elements that the table of one product may have. */
  readonly limit?: number;
}

/** A megabyte: it stays in the second cache. */
const USUAL_LIMIT = 1 << 18;

export function tabulate({ limit = USUAL_LIMIT }: TabulateOptions = {}): GraphPass {
  return { name: "tabulate", run: (graph) => applyRules(graph, [{ contract: [productOfRow(limit)] }]) };
}

function productOfRow(limit: number): LocalRule<"contract"> {
  return (args, attributes, maker) => {
    if (!attributes.axis) return undefined;
    for (const [side, row] of args.entries()) {
      const weights = at(args, 1 - side);
      if (row.op !== "pick" || isWeights(row) || !isWeights(weights)) continue;
      const [table, id] = [at(row.args, 0), at(row.args, 1)];
      if (!isWeights(table) || table.type.shape.length !== 2) continue;
      if (attributes.dims.some((dim) => hasDim(id.type, dim))) continue;
      const rows = maker.builder.dim("row", at(table.type.shape, 0));
      const index = maker.make("index", [], { dim: rows });
      if (hasDim(weights.type, rows) || hasDim(table.type, rows) || !canMeet([weights.type, table.type, index.type])) continue;
      const all = maker.make("pick", [table, index], {});
      const products = maker.make("contract", side === 0 ? [all, weights] : [weights, all], attributes);
      if ((staticSize(products.type) ?? Infinity) > limit) continue;
      return maker.make("at", [products, id], { dim: rows });
    }
    return undefined;
  };
}
