import { concat, size, type Tensor } from "gatefold";

// Layers of layers. They take the layer as a function of the top level: `lstm`, or one of your own. A function that is
// written inside another is one layer wherever it is called from, so with it both directions would share their weights.

/** A layer of this library, or of one's own. */
type Layer = (xs: Tensor, hidden: number, options: { reverse: boolean }) => { h: Tensor; final: { h: Tensor } };
type Merge = "concat" | "sum" | "mean" | "product";

/**
 * Reads both ways; parameters forward... and backward.... `final` joins the two states after the whole sequence was read,
 * whichever way.
 */
export function bidirectional(xs: Tensor, layer: Layer, hidden: number, { merge = "concat" }: { merge?: Merge | undefined } = {}) {
  const forward = layer(xs, hidden, { reverse: false });
  const backward = layer(xs, hidden, { reverse: true });
  return { h: joined(forward.h, backward.h, merge), final: { h: joined(forward.final.h, backward.final.h, merge) } };
}

function joined(a: Tensor, b: Tensor, merge: Merge): Tensor {
  if (merge === "sum") return a + b;
  if (merge === "mean") return (a + b) / 2;
  if (merge === "product") return a * b;
  if (merge === "concat") return concat(a, b);
  throw new Error(`merge is "concat", "sum", "mean" or "product", not "${merge}".`);
}

/**
 * Layers on top of each other, one for each size; parameters layer.0..., layer.1.... With `residual`, a layer adds to what
 * it reads where both are of one size (He et al., 2016). `finals` are the last states of all layers, from the first up.
 */
export function stack(xs: Tensor, layer: Layer, sizes: readonly number[], { residual = false, reverse = false }: { residual?: boolean | undefined; reverse?: boolean | undefined } = {}) {
  const read = layer;
  const none: readonly Tensor[] = [];
  let h = xs;
  let finals = none;
  for (const hidden of sizes) {
    const layer = read(h, hidden, { reverse });
    h = residual && size(h) === hidden ? h + layer.h : layer.h;
    finals = [...finals, layer.final.h];
  }
  return { h, finals };
}
