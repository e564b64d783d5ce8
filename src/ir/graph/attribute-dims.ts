/**
 * Which dimensions the attributes of each op mention: the one table from which they are listed, and replaced when a node is
 * copied to where its dimensions are others. An op that mentions one and has no entry is a type error. (Types that stand in
 * attributes, such as that of an input, are not meant: they are the type of the node.)
 */
import type { Attributes, Dim, Node, NodeOf, Op } from "./node.js";

/** The keys of attributes that hold a dimension or several. */
type DimKey<A> = { [K in keyof A]-?: [A[K]] extends [never] ? never : NonNullable<A[K]> extends Dim | readonly Dim[] ? K : never }[keyof A];

type OpWithDims = { [O in Op]: [DimKey<Attributes[O]>] extends [never] ? never : O }[Op];

type Replace = (dim: Dim) => Dim;

const one = <A extends { readonly dim: Dim }>(attributes: A, replace: Replace): A => ({ ...attributes, dim: replace(attributes.dim) });
const several = <A extends { readonly dims: readonly Dim[] }>(attributes: A, replace: Replace): A => ({ ...attributes, dims: attributes.dims.map(replace) });

const replacers: { readonly [O in OpWithDims]: (attributes: Attributes[O], replace: Replace) => Attributes[O] } = {
  param: (attributes, replace) => ({ ...attributes, per: attributes.per.map(replace) }),
  index: one,
  contract: several,
  reduce: several,
  broadcast: several,
  argmax: ({ dim }, replace) => (dim === undefined ? {} : { dim: replace(dim) }),
  axisToDim: one,
  dimToAxis: one,
  at: one,
  view: ({ from, to }, replace) => ({ from: replace(from), to: replace(to) }),
  history: one,
};

const hasDims = (node: Node): node is { [O in OpWithDims]: NodeOf<O> }[OpWithDims] => Object.hasOwn(replacers, node.op);

/** The attributes of a node with other dimensions. */
export function replaceAttributeDims(node: Node, replace: Replace): Attributes[Op] {
  if (!hasDims(node)) return node.attributes;
  // One op at a time: its entry takes the attributes of that op.
  const replacer = replacers[node.op] as (attributes: Attributes[Op], replace: Replace) => Attributes[Op];
  return replacer(node.attributes, replace);
}

/** The dimensions that a node's own attributes mention (its type mentions them, too, unless it removes them). */
export function attributeDims(node: Node): readonly Dim[] {
  if (node.op === "scanOutput" || node.op === "scanFinal") return [node.attributes.region.over];
  const found: Dim[] = [];
  replaceAttributeDims(node, (dim) => {
    found.push(dim);
    return dim;
  });
  return found;
}
