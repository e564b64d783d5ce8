/**
 * The model language of Gatefold. To TypeScript every value is a `number` (a condition is a `boolean`), so equations are
 * written with operators; kind and shape are the compiler's business. A value is a vector (a scalar has size 1; a parameter
 * may be a matrix), and it may run along named dimensions. Operations act on vectors and are carried along every dimension.
 */
declare const kind: unique symbol;
type Kind<K> = number & { readonly [kind]?: K };   // a flavour, not a brand: a plain `number` (what operators give) passes

/** A real value of any shape: the type of a function's arguments and results. `number` there means: known at compile time. */
export type Tensor = Kind<{ real: true }>;
/** A vector of N reals. */
export type Vec<N extends number = number> = Kind<{ real: true; size?: N }>;
/** One real: a vector of size 1. */
export type Real = Vec<1>;
/** An integer; as an input, one of N classes (characters, words, labels). */
export type Id<N extends number = number> = Kind<{ id: true; classes?: N }>;
/** An integer that was computed: a position, a draw. It may stand where an `Id<N>` may. */
export type Int = Kind<{ id: true }>;
/** A sequence along dimension D, of free length or of length L. It may stand where its element may: the operation is carried along. */
export type Seq<D extends string, X, L extends number = number> = Kind<Leaf<X> & { along?: D; of?: X; length?: L }>;
type KindOf<X> = X extends { readonly [kind]?: infer K } ? K : unknown;
type Leaf<X> = KindOf<X> extends { of?: infer Y } ? (unknown extends Y ? KindOf<X> : Leaf<Y>) : KindOf<X>;

/** A value whose kind is known and whose shape is not. */
type Loose<X> = KindOf<X> extends { id: true } ? Int : KindOf<X> extends { real: true } ? Tensor : number;
type Tree = number | readonly Tree[] | { readonly [key: string]: Tree };
/** What one step sees of the sequences X. */
type Item<X> = X extends number ? (KindOf<X> extends { of?: infer Y } ? (unknown extends Y ? Loose<X> : Y) : Loose<X>) : { [K in keyof X]: Item<X[K]> };
/** The same tree, as values. */
type Values<S> = S extends number ? Loose<S> : { [K in keyof S]: Values<S[K]> };
/** What a step must give back for the state S: the same tree. More keys may be added: outputs. */
type Next<S> = { [K in keyof S]: S[K] extends number ? number : { [J in keyof S[K]]: S[K][J] extends number ? number : { [I in keyof S[K][J]]: number } } };
type Options = { /** The dimension, where `xs` runs along several. */ over?: string };

// ---- Parameters: one place in the source is one parameter, named after the consts that enclose it.
export interface Init { readonly init: unique symbol }
type ParamOptions = {
  /** What it begins with when it is trained: a number, one for each of equal pieces, or an initialiser. */ init?: number | readonly number[] | Init | undefined;
  /** Its name, counted from the function it is written in. */ name?: string | undefined;
  /** One for each of a dimension. */ per?: Record<string, number> | undefined;
};
export declare function param(shape: number | readonly number[], options?: ParamOptions): Tensor;
export declare function uniform(low: number, high: number): Init;
export declare function normal(deviation: number): Init;
export declare function glorot(): Init;
export declare function orthogonal(): Init;

// ---- Sequences.
/** Carries `state` along a sequence, as `Array.prototype.reduce` carries an accumulator. Gives every key of every step, and the final state. */
export declare function scan<X extends Tree, S extends Record<string, Tree>, R extends Next<S>>(
  xs: X, state: S, step: (x: Item<X>, state: Values<S>, t: Int) => R, options?: Options & { reverse?: boolean },
): Values<R> & { readonly final: Values<S> };
/** Each element by itself. Inside, `xs` is still the whole sequence: so attention is written for one query. */
export declare function map<X extends Tree, R extends Tree>(xs: X, each: (x: Item<X>, t: Int) => R, options?: Options): Values<R>;
/** Element `index`, counted from 0; zero outside the sequence. */
export declare function at<X extends number>(xs: X, index: number, options?: Options): Item<X>;
/** The elements from `start` up to, not including, `end`, as far as they exist; they keep their positions. */
export declare function slice<X extends number>(xs: X, start: number, end: number, options?: Options): X;
export declare function first<X extends number>(xs: X, options?: Options): Item<X>;
export declare function last<X extends number>(xs: X, options?: Options): Item<X>;
export declare function reverse<X extends number>(xs: X, options?: Options): X;
export declare function length(xs: number, over?: string): Int;
export declare function position(xs: number, over?: string): Int;
/** 0, 1, ... n-1 along a dimension. */
export declare function range<D extends string>(dimension: D, n: number): Seq<D, Int>;
/** The name of the one dimension that `xs` runs along. */
export declare function dim(xs: number): string;
export declare function rename<X extends number>(xs: X, to: string, from?: string): X;

// ---- Vectors.
/** Contracts the last axis of both: of two vectors a scalar, of a matrix and a vector a vector. */
export declare function dot(a: number, b: number): Tensor;
/** Component `id` of a vector, row `id` of a matrix: an embedding is `pick(table, id)`. */
export declare function pick(x: number, id: number): Tensor;
export declare function zeros(size: number): Tensor;
/** The vector 0, 1, ... n-1. */
export declare function indices(n: number): Int;
/** The size of the vector, known at compile time; `classes` is the same of an id. */
export declare function size(x: number): number;
export declare function classes(id: Id): number;
/** Joins vectors end to end; or the pieces that lie along a dimension. */
export declare function concat(...x: number[]): Tensor;
export declare function concat(x: number, over: string): Tensor;
/** Cuts a vector into pieces: n equal ones, pieces of the sizes, or n along a new dimension (`split(q, 8, "head")`). */
export declare function split(x: number, n: number, dimension: string): Tensor;
export declare function split<N extends number>(x: number, n: N): Tuple<N>;
export declare function split<const A extends readonly number[]>(x: number, sizes: A): { -readonly [K in keyof A]: Tensor };
type Tuple<N extends number, A extends Tensor[] = []> = number extends N ? Tensor[] : A["length"] extends N ? A : Tuple<N, [...A, Tensor]>;

// ---- Reductions: over the vector, or over a dimension that is named.
export declare function sum(x: number, over?: string): Tensor;
export declare function mean(x: number, over?: string): Tensor;
/** The largest of a vector or along a dimension; of two values, element by element. */
export declare function max(x: number, over?: string): Tensor;
export declare function max(a: number, b: number): Tensor;
export declare function min(x: number, over?: string): Tensor;
export declare function min(a: number, b: number): Tensor;
export declare function softmax(x: number, over?: string): Tensor;
export declare function logSoftmax(x: number, over?: string): Tensor;
export declare function logSumExp(x: number, over?: string): Tensor;
export declare function argmax(x: number, over?: string): Int;
/** Draws an index with probability softmax(logits). */
export declare function sample(logits: number, over?: string): Int;
/** Draws a real between 0 and 1, uniformly; with an argument, one for each of its components and positions. */
export declare function random(like?: number): Tensor;
/** The k largest of a vector, largest first, and where they stood. */
export declare function top(x: number, k: number): { values: Tensor; ids: Int };

// ---- Element by element. Also: + - * / % **, < <= > >= === !==, ! && ||, and `condition ? a : b`.
type Elementwise = (x: number) => Tensor;
export declare const exp: Elementwise, log: Elementwise, sqrt: Elementwise, abs: Elementwise, sin: Elementwise, cos: Elementwise;
/** log(1 + x) without loss near 0; the error function. */
export declare const log1p: Elementwise, erf: Elementwise;
export declare const tanh: Elementwise, sigmoid: Elementwise, relu: Elementwise, softplus: Elementwise, silu: Elementwise, gelu: Elementwise;
export declare function floor(x: number): Int;
/** An integer as a real. */
export declare function real(x: number): Tensor;
/** The value itself; no gradient passes through. */
export declare function stopGradient(x: number): Tensor;

// ---- The first page of the standard library (model files like any other).
/** `weight x + bias`; the weight is [size, size of x]. A number as `bias` is what the bias begins with, `false` leaves it out. */
export declare function linear(x: Tensor, size: number, options?: { bias?: boolean | number | undefined; init?: number | Init | undefined; per?: Record<string, number> | undefined }): Tensor;
/** The row of a table for each id: `pick(param([classes(id), size]), id)`. */
export declare function embedding(id: Id, size: number): Tensor;
/** One at the component of the id, zero elsewhere. */
export declare function oneHot(id: Id): Tensor;
/** Mean 0 and variance 1 (plus 1e-5) over the vector, times the parameter `weight`, plus `bias`. That of `gatefold/torch` has options. */
export declare function layerNorm(x: Tensor): Tensor;
/** Acts in training alone: what is compiled for use passes `x` on. */
export declare function dropout(x: Tensor, rate: number): Tensor;
/** `-log softmax(logits)[target]`. */
export declare function crossEntropy(logits: Tensor, target: Int): Tensor;
/** -1, 0 or 1. */
export declare function sign(x: Tensor): Tensor;
/** The nearest value from low to high. */
export declare function clamp(x: Tensor, low: Tensor, high: Tensor): Tensor;
