/**
 * The words of the model language at run time. There is nothing behind them: a model file is read by the compiler, never
 * run. They exist so that a program which imports a model file by mistake is told so where it calls one of its functions,
 * and not by a name that is missing. Their types are gatefold.d.ts; in the package that file stands in place of this one's
 * declarations, so that editors show its comments.
 */
import type * as language from "./gatefold.js";

export type * from "./gatefold.js";

const words = new Proxy({} as typeof language, {
  get: (_, name) => () => {
    throw new Error(`${String(name)} is a word of Gatefold's model language and cannot be called: a model file is compiled, not run. Make a module of it with: npx gatefold compile NAME.model.ts --out DIR`);
  },
});

export const {
  abs, argmax, at, clamp, classes, concat, cos, crossEntropy, dim, dot, dropout, embedding, erf, exp, first, floor, gelu, glorot, indices, last, layerNorm,
  length, linear, log, log1p, logSoftmax, logSumExp, map, max, mean, min, normal, oneHot, orthogonal, param, pick, position, random, range, real, relu,
  rename, reverse, sample, scan, sigmoid, sign, silu, sin, size, slice, softmax, softplus, split, sqrt, stopGradient, sum, tanh, top, uniform, zeros,
} = words;
