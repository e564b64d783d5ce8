/**
 * How a buffer of any rank lies in a texture, which is two-dimensional.
 *
 * - `rows`: the last axes run along x, the others along y, each row-major. Mostly x is the last axis alone. Where the first
 *   axis is as long as the run has it, all others that fit lie beside each other, so that the texture may be long.
 * - `folded`: all elements in one line, cut at a width that is a power of two.
 *
 * Sizes that only a run knows are stood in for by capacities, which the module rounds up (src/runtime/gpu), so that kernels
 * are compiled for few sizes: row-major places count with capacities.
 */
import { fixedLength, lengthText, staticLength, type Length } from "../../ir/graph/length.js";
import type { Buffer } from "../../ir/kernel/kernel.js";
import { fail } from "../../support/diagnostics.js";
import { at, defined, invariant } from "../../support/invariant.js";
import type { GpuLimits } from "./limits.js";
import { quad } from "./quads.js";

export interface Texture {
  readonly layout: Layout;
  /** Places along each axis. */
  readonly shape: readonly Length[];
  /** Whether a place holds four elements of the last axis (quads.ts). */
  readonly quads: boolean;
}

export type Layout =
  /** `inner`: the first axis that runs along x. */
  | { readonly kind: "rows"; readonly inner: number }
  | { readonly kind: "folded"; readonly width: number };

/** A size: a number, or the capacity of a free length, by its place in the list of a program's free lengths. */
export type Size = number | { readonly capacity: number };

/** The free lengths of a program, as the module numbers them. */
export class FreeSizes {
  readonly lengths: Length[] = [];
  readonly #places = new Map<string, number>();

  /** Undefined where the length is known. */
  place(length: Length): number | undefined {
    if (staticLength(length) !== undefined) return undefined;
    const text = lengthText(length);
    const known = this.#places.get(text);
    if (known !== undefined) return known;
    this.#places.set(text, this.lengths.length);
    this.lengths.push(length);
    return this.lengths.length - 1;
  }

  size(length: Length): Size {
    const place = this.place(length);
    return place === undefined ? (staticLength(length) ?? 0) : { capacity: place };
  }
}

export function plainTexture(buffer: Buffer, limits: GpuLimits): Texture {
  const sizes = buffer.shape.map((length) => staticLength(length));
  if (product(sizes.map((size) => size ?? 1)) > limits.elements) {
    fail("GF5101", `${buffer.name} has ${sizes.map((size, i) => size ?? lengthText(at(buffer.shape, i))).join(" x ")} elements, more than ${limits.elements}, which a GPU kernel can count exactly`, { help: "make the model smaller, or compile it for another target" });
  }
  return { layout: layoutOf(sizes, limits), shape: buffer.shape, quads: false };
}

/** @param buffer the length of whose last axis is known */
export function quadTexture({ shape: elements }: Buffer, limits: GpuLimits): Texture {
  const last = fixedLength(Math.ceil(defined(staticLength(at(elements, elements.length - 1)), "the length of a row") / quad));
  const shape = [...elements.slice(0, -1), last];
  const sizes = shape.map((length) => staticLength(length));
  const layout = layoutOf(sizes, limits);
  const width = layout.kind === "rows" && sizes.every((size) => size !== undefined) ? heapedWidth(sizes.map((size) => size ?? 1), layout.inner) : undefined;
  return { layout: width === undefined ? layout : { kind: "folded", width }, shape, quads: true };
}

/**
 * Devices deal a texture's places to threads in squares or in groups of lines: a texture of few, long lines keeps few of
 * them busy, so it is made twice as high as wide.
 */
function heapedWidth(sizes: readonly number[], inner: number): number | undefined {
  const count = product(sizes);
  if (product(sizes.slice(0, inner)) >= 8 || count < 8) return undefined;
  return 2 ** Math.floor(Math.log2(Math.sqrt(count / 2)));
}

function layoutOf(sizes: readonly (number | undefined)[], limits: GpuLimits): Layout {
  const known = sizes.map((size) => size ?? 1);
  const count = product(known);
  if (sizes.length === 0) return { kind: "rows", inner: 0 };
  let inner = sizes.length - 1;
  const last = sizes[inner];
  const free = sizes.filter((size) => size === undefined).length;
  // Several free lengths one above the other would soon be higher than a texture.
  if (last === undefined || last > limits.side || free > 1) return folded(count, limits);
  let width = last;
  // A free length first, and nothing but known ones after it: these lie beside each other.
  if (sizes[0] === undefined) {
    for (let size = sizes[inner - 1]; inner > 1 && size !== undefined && width * size <= limits.foldedWidth; size = sizes[inner - 1]) {
      inner -= 1;
      width *= size;
    }
  }
  const height = product(known.slice(0, inner));
  if (free === 0 && height > limits.side) return folded(count, limits);
  return { kind: "rows", inner };
}

function folded(count: number, limits: GpuLimits): Layout {
  let width = limits.foldedWidth;
  while (count > width * limits.side) width *= 2;
  invariant(width <= limits.side, "a folded texture is within the limits");
  return { kind: "folded", width };
}

function product(factors: readonly number[]): number {
  return factors.reduce((result, factor) => result * factor, 1);
}
