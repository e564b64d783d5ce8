import { clamp, orthogonal, param, pick, relu, scan, sigmoid, size, split, sum, tanh, uniform, zeros, type Init, type Tensor } from "gatefold";

// Keras' layers, with the weights as Keras stores them: kernel [inputs, gates], recurrent_kernel [units, gates], bias. What
// Keras calls return_sequences and return_state is all given here; a layer that reads backwards gives its outputs at the
// positions of its inputs, where Keras' go_backwards gives them in the order of reading.

type Activation = "tanh" | "sigmoid" | "relu" | "hardSigmoid" | "linear";

/** x W for a stored W [inputs, outputs]. */
function product(x: Tensor, kernel: Tensor) {
  return sum(split(x, size(x), "kernelRow") * kernel, "kernelRow");
}

/** What Keras begins with after Glorot & Bengio (2010). */
function glorotOf(inputs: number, outputs: number): Init {
  const bound = (6 / (inputs + outputs)) ** 0.5;
  return uniform(-bound, bound);
}

/** hardSigmoid is the one of Keras 2 and of TensorFlow.js, 0.2 x + 0.5 between 0 and 1. */
function activate(name: Activation, x: Tensor): Tensor {
  if (name === "tanh") return tanh(x);
  if (name === "sigmoid") return sigmoid(x);
  if (name === "relu") return relu(x);
  if (name === "linear") return x;
  if (name === "hardSigmoid") return clamp(0.2 * x + 0.5, 0, 1);
  throw new Error(`activation is "tanh", "sigmoid", "relu", "hardSigmoid" or "linear", not "${name}".`);
}

/** keras.layers.SimpleRNN. */
export function simpleRnn(xs: Tensor, { units, activation = "tanh", useBias = true, goBackwards = false, initialState }: {
  units: number; activation?: Activation | undefined; useBias?: boolean | undefined; goBackwards?: boolean | undefined; initialState?: { h: Tensor } | undefined;
}) {
  const kernel = param(units, { init: glorotOf(size(xs), units), name: "kernel", per: { kernelRow: size(xs) } });
  const recurrent = param(units, { init: orthogonal(), name: "recurrent_kernel", per: { kernelRow: units } });
  const bias = useBias ? param(units, { init: 0, name: "bias" }) : 0;
  return scan(xs, initialState ?? { h: zeros(units) }, (x, { h }) => ({ h: activate(activation, product(x, kernel) + product(h, recurrent) + bias) }), { reverse: goBackwards });
}

/** keras.layers.LSTM: gates i, f, c, o. Forgetting begins weak, unless unitForgetBias is false. */
export function lstm(xs: Tensor, { units, activation = "tanh", recurrentActivation = "sigmoid", useBias = true, unitForgetBias = true, goBackwards = false, initialState }: {
  units: number; activation?: Activation | undefined; recurrentActivation?: Activation | undefined; useBias?: boolean | undefined; unitForgetBias?: boolean | undefined; goBackwards?: boolean | undefined; initialState?: { h: Tensor; c: Tensor } | undefined;
}) {
  const kernel = param(4 * units, { init: glorotOf(size(xs), 4 * units), name: "kernel", per: { kernelRow: size(xs) } });
  const recurrent = param(4 * units, { init: orthogonal(), name: "recurrent_kernel", per: { kernelRow: units } });
  const bias = useBias ? param(4 * units, { init: [0, unitForgetBias ? 1 : 0, 0, 0], name: "bias" }) : 0;
  return scan(xs, initialState ?? { h: zeros(units), c: zeros(units) }, (x, { h, c }) => {
    const [i, f, g, o] = split(product(x, kernel) + product(h, recurrent) + bias, 4);
    const cell = activate(recurrentActivation, f) * c + activate(recurrentActivation, i) * activate(activation, g);
    return { h: activate(recurrentActivation, o) * activate(activation, cell), c: cell };
  }, { reverse: goBackwards });
}

/** keras.layers.GRU: gates z, r, h. With resetAfter (the usual one of Keras 2) the bias is [2, 3 units], else [3 units]. */
export function gru(xs: Tensor, { units, activation = "tanh", recurrentActivation = "sigmoid", useBias = true, resetAfter = true, goBackwards = false, initialState }: {
  units: number; activation?: Activation | undefined; recurrentActivation?: Activation | undefined; useBias?: boolean | undefined; resetAfter?: boolean | undefined; goBackwards?: boolean | undefined; initialState?: { h: Tensor } | undefined;
}) {
  const kernel = param(3 * units, { init: glorotOf(size(xs), 3 * units), name: "kernel", per: { kernelRow: size(xs) } });
  const recurrent = param(3 * units, { init: orthogonal(), name: "recurrent_kernel", per: { kernelRow: units } });
  const bias = useBias ? param(resetAfter ? [2, 3 * units] : 3 * units, { init: 0, name: "bias" }) : undefined;
  const inputBias = bias === undefined ? 0 : resetAfter ? pick(bias, 0) : bias;
  const [bz, br, bh] = bias !== undefined && resetAfter ? split(pick(bias, 1), 3) : [0, 0, 0];
  const [rz, rr, rh] = split(recurrent, 3);
  return scan(xs, initialState ?? { h: zeros(units) }, (x, { h }) => {
    const [xz, xr, xh] = split(product(x, kernel) + inputBias, 3);
    const update = activate(recurrentActivation, xz + product(h, rz) + bz);
    const reset = activate(recurrentActivation, xr + product(h, rr) + br);
    const recalled = resetAfter ? reset * (product(h, rh) + bh) : product(reset * h, rh);
    return { h: update * h + (1 - update) * activate(activation, xh + recalled) };
  }, { reverse: goBackwards });
}
