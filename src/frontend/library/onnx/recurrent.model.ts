import { abs, at, clamp, concat, dot, exp, length, param, relu, scan, sigmoid, size, softplus, split, tanh, zeros, type Tensor } from "gatefold";

/** The functions that ONNX names in `activations`. */
type Activation = "Relu" | "Tanh" | "Sigmoid" | "Affine" | "LeakyRelu" | "ThresholdedRelu" | "ScaledTanh" | "HardSigmoid" | "Elu" | "Softsign" | "Softplus";
type Direction = "forward" | "reverse" | "bidirectional";
type Activate = { name: Activation; alpha: number; beta: number };

/** ONNX's RNN. Parameters W, R and B as ONNX stores them, for each direction one. */
export function rnn(X: Tensor, { hiddenSize, direction = "forward", activations, activationAlpha = [], activationBeta = [], clip, bias = true, initialH, zeroWhenEmpty = false }: {
  hiddenSize: number; direction?: Direction | undefined; activations?: readonly Activation[] | undefined; activationAlpha?: readonly number[] | undefined; activationBeta?: readonly number[] | undefined;
  clip?: number | undefined; bias?: boolean | undefined; initialH?: Tensor | undefined; zeroWhenEmpty?: boolean | undefined;
}) {
  const reversals = readingOrders(direction);
  const per = { direction: reversals.length };
  const W = param([hiddenSize, size(X)], { per, name: "W" });
  const R = param([hiddenSize, hiddenSize], { per, name: "R" });
  const B = bias ? param(2 * hiddenSize, { per, name: "B", init: 0 }) : undefined;
  const functions = resolved(activations, ["Tanh"], reversals.length, activationAlpha, activationBeta);
  const runs = reversals.map((reverse, d) => {
    const [w, r] = [at(W, d), at(R, d)];
    const [wb, rb] = B === undefined ? [0, 0] : split(at(B, d), 2);
    return scan(X, { h: beginning("initialH", initialH, d, reversals.length, hiddenSize) }, (x, { h }) => {
      return { h: activate(functions[d]!, clipped(dot(w, x) + dot(r, h) + wb + rb, clip)) };
    }, { reverse });
  });
  return { Y: together(runs.map((run) => run.h)), Y_h: together(runs.map((run) => ended(run.final.h, X, zeroWhenEmpty))) };
}

/** ONNX's GRU: gates z, r, h. The reset gate acts before the product with the state, or after it (linearBeforeReset). */
export function gru(X: Tensor, { hiddenSize, direction = "forward", activations, activationAlpha = [], activationBeta = [], clip, bias = true, linearBeforeReset = false, initialH, zeroWhenEmpty = false }: {
  hiddenSize: number; direction?: Direction | undefined; activations?: readonly Activation[] | undefined; activationAlpha?: readonly number[] | undefined; activationBeta?: readonly number[] | undefined;
  clip?: number | undefined; bias?: boolean | undefined; linearBeforeReset?: boolean | undefined; initialH?: Tensor | undefined; zeroWhenEmpty?: boolean | undefined;
}) {
  const reversals = readingOrders(direction);
  const per = { direction: reversals.length };
  const W = param([3 * hiddenSize, size(X)], { per, name: "W" });
  const R = param([3 * hiddenSize, hiddenSize], { per, name: "R" });
  const B = bias ? param(6 * hiddenSize, { per, name: "B", init: 0 }) : undefined;
  const functions = resolved(activations, ["Sigmoid", "Tanh"], reversals.length, activationAlpha, activationBeta);
  const runs = reversals.map((reverse, d) => {
    const [f, g] = [functions[2 * d]!, functions[2 * d + 1]!];
    const [w, r] = [at(W, d), at(R, d)];
    const [rz, rr, rh] = split(r, 3);
    const [wbz, wbr, wbh, rbz, rbr, rbh] = B === undefined ? [0, 0, 0, 0, 0, 0] : split(at(B, d), 6);
    return scan(X, { h: beginning("initialH", initialH, d, reversals.length, hiddenSize) }, (x, { h }) => {
      const [xz, xr, xh] = split(dot(w, x), 3);
      const update = activate(f, clipped(xz + dot(rz, h) + wbz + rbz, clip));
      const reset = activate(f, clipped(xr + dot(rr, h) + wbr + rbr, clip));
      const recalled = linearBeforeReset ? reset * (dot(rh, h) + rbh) : dot(rh, reset * h) + rbh;
      const candidate = activate(g, clipped(xh + recalled + wbh, clip));
      return { h: (1 - update) * candidate + update * h };
    }, { reverse });
  });
  return { Y: together(runs.map((run) => run.h)), Y_h: together(runs.map((run) => ended(run.final.h, X, zeroWhenEmpty))) };
}

/** ONNX's LSTM: gates i, o, f, c, and P the peepholes of i, o and f. `clip` bounds what goes into the activations, not C. */
export function lstm(X: Tensor, { hiddenSize, direction = "forward", activations, activationAlpha = [], activationBeta = [], clip, bias = true, peepholes = false, inputForget = false, initialH, initialC, zeroWhenEmpty = false }: {
  hiddenSize: number; direction?: Direction | undefined; activations?: readonly Activation[] | undefined; activationAlpha?: readonly number[] | undefined; activationBeta?: readonly number[] | undefined;
  clip?: number | undefined; bias?: boolean | undefined; peepholes?: boolean | undefined; inputForget?: boolean | undefined; initialH?: Tensor | undefined; initialC?: Tensor | undefined; zeroWhenEmpty?: boolean | undefined;
}) {
  const reversals = readingOrders(direction);
  const per = { direction: reversals.length };
  const W = param([4 * hiddenSize, size(X)], { per, name: "W" });
  const R = param([4 * hiddenSize, hiddenSize], { per, name: "R" });
  const B = bias ? param(8 * hiddenSize, { per, name: "B", init: 0 }) : undefined;
  const P = peepholes ? param(3 * hiddenSize, { per, name: "P" }) : undefined;
  const functions = resolved(activations, ["Sigmoid", "Tanh", "Tanh"], reversals.length, activationAlpha, activationBeta);
  const runs = reversals.map((reverse, d) => {
    const [f, g, h] = [functions[3 * d]!, functions[3 * d + 1]!, functions[3 * d + 2]!];
    const [w, r] = [at(W, d), at(R, d)];
    const [wb, rb] = B === undefined ? [0, 0] : split(at(B, d), 2);
    const [pi, po, pf] = P === undefined ? [0, 0, 0] : split(at(P, d), 3);
    return scan(X, { h: beginning("initialH", initialH, d, reversals.length, hiddenSize), c: beginning("initialC", initialC, d, reversals.length, hiddenSize) }, (x, state) => {
      const [xi, xo, xf, xc] = split(dot(w, x) + dot(r, state.h) + wb + rb, 4);
      const input = activate(f, clipped(peepholes ? xi + pi * state.c : xi, clip));
      const forget = inputForget ? 1 - input : activate(f, clipped(peepholes ? xf + pf * state.c : xf, clip));
      const candidate = activate(g, clipped(xc, clip));
      const cell = forget * state.c + input * candidate;
      const output = activate(f, clipped(peepholes ? xo + po * cell : xo, clip));
      return { h: output * activate(h, cell), c: cell };
    }, { reverse });
  });
  return {
    Y: together(runs.map((run) => run.h)),
    Y_h: together(runs.map((run) => ended(run.final.h, X, zeroWhenEmpty))),
    Y_c: together(runs.map((run) => ended(run.final.c, X, zeroWhenEmpty))),
  };
}

/** Which way each direction reads. */
function readingOrders(direction: Direction) {
  if (direction === "bidirectional") return [false, true];
  if (direction === "reverse") return [true];
  if (direction === "forward") return [false];
  throw new Error(`direction is "forward", "reverse" or "bidirectional", not "${direction}".`);
}

/** What the operators of those names have as alpha and beta; NaN where they have it and nothing is usual. */
const usualArguments = {
  Relu: {}, Tanh: {}, Sigmoid: {}, Softsign: {}, Softplus: {},
  LeakyRelu: { alpha: 0.01 }, ThresholdedRelu: { alpha: 1 }, Elu: { alpha: 1 }, HardSigmoid: { alpha: 0.2, beta: 0.5 },
  Affine: { alpha: NaN, beta: NaN }, ScaledTanh: { alpha: NaN, beta: NaN },
} as const;

/** The functions of all directions, one after another. The lists of alphas and betas are used up by those that have one. */
function resolved(given: readonly Activation[] | undefined, usual: readonly Activation[], directions: number, alphas: readonly number[], betas: readonly number[]) {
  if (given !== undefined && given.length !== usual.length * directions) throw new Error(`activations has ${given.length} names; ${usual.length} for each direction are ${usual.length * directions}.`);
  const functions: readonly Activate[] = [];
  let result = functions;
  let usedAlphas = 0;
  let usedBetas = 0;
  for (let i = 0; i < usual.length * directions; i++) {
    const name = given === undefined ? usual[i % usual.length]! : given[i]!;
    const { alpha, beta }: { alpha?: number; beta?: number } = usualArguments[name];
    result = [...result, {
      name,
      alpha: alpha === undefined ? 0 : usedAlphas < alphas.length ? alphas[usedAlphas]! : alpha,
      beta: beta === undefined ? 0 : usedBetas < betas.length ? betas[usedBetas]! : beta,
    }];
    if (alpha !== undefined) usedAlphas += 1;
    if (beta !== undefined) usedBetas += 1;
  }
  if (usedAlphas < alphas.length) throw new Error(`activationAlpha has ${alphas.length} values, the activations take ${usedAlphas}.`);
  if (usedBetas < betas.length) throw new Error(`activationBeta has ${betas.length} values, the activations take ${usedBetas}.`);
  return result;
}

function activate({ name, alpha, beta }: Activate, x: Tensor): Tensor {
  if (alpha !== alpha || beta !== beta) throw new Error(`${name} needs its alpha and its beta: give activationAlpha and activationBeta.`);
  if (name === "Relu") return relu(x);
  if (name === "Tanh") return tanh(x);
  if (name === "Sigmoid") return sigmoid(x);
  if (name === "Softsign") return x / (1 + abs(x));
  if (name === "Softplus") return softplus(x);
  if (name === "Affine") return alpha * x + beta;
  if (name === "LeakyRelu") return x >= 0 ? x : alpha * x;
  if (name === "ThresholdedRelu") return x > alpha ? x : 0;
  if (name === "ScaledTanh") return alpha * tanh(beta * x);
  if (name === "HardSigmoid") return clamp(alpha * x + beta, 0, 1);
  return x >= 0 ? x : alpha * (exp(x) - 1);
}

function clipped(x: Tensor, clip: number | undefined) {
  if (clip !== undefined && !(clip > 0)) throw new Error(`clip is larger than 0, this is ${clip}.`);
  return clip === undefined ? x : clamp(x, -clip, clip);
}

/** The state in which a direction begins: its element of what was given, or zeros. */
function beginning(name: string, given: Tensor | undefined, d: number, directions: number, hiddenSize: number) {
  if (given === undefined) return zeros(hiddenSize);
  expectLength(name, length(given), directions);
  if (size(given) !== hiddenSize) throw new Error(`${name} has ${size(given)} components, hiddenSize says ${hiddenSize}.`);
  return at(given, d);
}

/** Beyond its end a sequence is zero, so one that is too short would begin a direction in zeros without a word. */
function expectLength(name: string, lengthOfStates: number, directions: number) {
  if (lengthOfStates !== directions) throw new Error(`${name} has ${lengthOfStates === 1 ? "1 element" : `${lengthOfStates} elements`}; ${directions} are wanted, one for each direction.`);
}

/** The last state. Of an empty sequence that is the first one, as it was given; onnxruntime answers zeros. */
function ended(final: Tensor, X: Tensor, zeroWhenEmpty: boolean): Tensor {
  return zeroWhenEmpty ? (length(X) > 0 ? final : 0) : final;
}

/** The values of each direction, along "direction". */
function together(values: readonly Tensor[]) {
  return split(concat(...values), values.length, "direction");
}
