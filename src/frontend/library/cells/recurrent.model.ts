import { layerNorm, linear, orthogonal, param, relu, scan, sigmoid, size, split, tanh, zeros, type Tensor } from "gatefold";

// Each layer reads a sequence, or with { reverse: true } from its end, and begins in zeros or in the state `from`. It gives
// its states as sequences, and `final`. A gate has weights of its own for what is read and for what is fed back: its
// parameters are forget.x.weight, forget.x.bias, forget.h.weight.

type Read<S> = { from?: S | undefined; reverse?: boolean | undefined };

/** W x + U h + b: the affine map of a gate. */
function gate(x: Tensor, h: Tensor, hidden: number, bias = 0) {
  return linear(x, hidden, { bias }) + linear(h, hidden, { bias: false, init: orthogonal() });
}

/** Elman's net (1990): the hidden state is fed back. */
export function elman(xs: Tensor, hidden: number, { from, reverse = false, activation = "tanh" }: Read<{ h: Tensor }> & { activation?: "tanh" | "relu" | undefined } = {}) {
  return scan(xs, from ?? { h: zeros(hidden) }, (x, { h }) => {
    if (activation === "relu") return { h: relu(gate(x, h, hidden)) };
    return { h: tanh(gate(x, h, hidden)) };
  }, { reverse });
}

/** Jordan's net (1986): the output is fed back, not the hidden state. */
export function jordan(xs: Tensor, hidden: number, outputs: number, { from, reverse = false }: Read<{ y: Tensor }> = {}) {
  return scan(xs, from ?? { y: zeros(outputs) }, (x, { y }) => {
    const h = sigmoid(linear(x, hidden) + linear(y, hidden, { bias: false }));
    const output = sigmoid(linear(h, outputs));
    return { y: output, h };
  }, { reverse });
}

/** Long short-term memory with a forget gate (Gers, Schmidhuber & Cummins, 2000): one step. Forgetting begins weak. */
export function lstmStep(x: Tensor, { h, c }: { h: Tensor; c: Tensor }) {
  const forget = sigmoid(gate(x, h, size(h), 1));
  const input = sigmoid(gate(x, h, size(h)));
  const output = sigmoid(gate(x, h, size(h)));
  const candidate = tanh(gate(x, h, size(h)));
  const cell = forget * c + input * candidate;
  return { h: output * tanh(cell), c: cell };
}

/** A layer of `lstmStep`: `h`, `c` and `final`. */
export function lstm(xs: Tensor, hidden: number, { from, reverse = false }: Read<{ h: Tensor; c: Tensor }> = {}) {
  return scan(xs, from ?? { h: zeros(hidden), c: zeros(hidden) }, (x, state) => lstmStep(x, state), { reverse });
}

/** Peephole connections (Gers & Schmidhuber, 2000): the gates see the cell, through a diagonal. */
export function peepholeLstm(xs: Tensor, hidden: number, { from, reverse = false }: Read<{ h: Tensor; c: Tensor }> = {}) {
  return scan(xs, from ?? { h: zeros(hidden), c: zeros(hidden) }, (x, { h, c }) => {
    const peephole = { input: param(hidden), forget: param(hidden), output: param(hidden) };
    const input = sigmoid(gate(x, h, hidden) + peephole.input * c);
    const forget = sigmoid(gate(x, h, hidden, 1) + peephole.forget * c);
    const candidate = tanh(gate(x, h, hidden));
    const cell = forget * c + input * candidate;
    const output = sigmoid(gate(x, h, hidden) + peephole.output * cell);
    return { h: output * tanh(cell), c: cell };
  }, { reverse });
}

/** Coupled input and forget gates (Greff et al., 2017): what is forgotten makes room for what comes in. */
export function coupledLstm(xs: Tensor, hidden: number, { from, reverse = false }: Read<{ h: Tensor; c: Tensor }> = {}) {
  return scan(xs, from ?? { h: zeros(hidden), c: zeros(hidden) }, (x, { h, c }) => {
    const forget = sigmoid(gate(x, h, hidden, 1));
    const output = sigmoid(gate(x, h, hidden));
    const candidate = tanh(gate(x, h, hidden));
    const cell = forget * c + (1 - forget) * candidate;
    return { h: output * tanh(cell), c: cell };
  }, { reverse });
}

/** LSTM with a recurrent projection (Sak, Senior & Beaufays, 2014): what is fed back is smaller than the cell. */
export function projectedLstm(xs: Tensor, hidden: number, projection: number, { from, reverse = false }: Read<{ h: Tensor; c: Tensor }> = {}) {
  return scan(xs, from ?? { h: zeros(projection), c: zeros(hidden) }, (x, { h, c }) => {
    const forget = sigmoid(gate(x, h, hidden, 1));
    const input = sigmoid(gate(x, h, hidden));
    const output = sigmoid(gate(x, h, hidden));
    const candidate = tanh(gate(x, h, hidden));
    const cell = forget * c + input * candidate;
    const projected = linear(output * tanh(cell), projection, { bias: false });
    return { h: projected, c: cell };
  }, { reverse });
}

/** Layer-normalised LSTM (Ba, Kiros & Hinton, 2016). */
export function layerNormLstm(xs: Tensor, hidden: number, { from, reverse = false }: Read<{ h: Tensor; c: Tensor }> = {}) {
  return scan(xs, from ?? { h: zeros(hidden), c: zeros(hidden) }, (x, { h, c }) => {
    const fromInput = linear(x, 4 * hidden, { bias: false });
    const fromState = linear(h, 4 * hidden, { bias: false, init: orthogonal() });
    const gates = layerNorm(fromInput) + layerNorm(fromState);
    const [f, i, o, g] = split(gates, 4);
    const cell = sigmoid(f) * c + sigmoid(i) * tanh(g);
    const shown = layerNorm(cell);
    return { h: sigmoid(o) * tanh(shown), c: cell };
  }, { reverse });
}

/** Gated recurrent unit (Cho et al., 2014): the reset gate acts before the product. One step. */
export function gruStep(x: Tensor, { h }: { h: Tensor }) {
  const reset = sigmoid(gate(x, h, size(h)));
  const update = sigmoid(gate(x, h, size(h)));
  const remembered = reset * h;
  const candidate = tanh(gate(x, remembered, size(h)));
  return { h: update * h + (1 - update) * candidate };
}

/** A layer of `gruStep`: `h` and `final`. */
export function gru(xs: Tensor, hidden: number, { from, reverse = false }: Read<{ h: Tensor }> = {}) {
  return scan(xs, from ?? { h: zeros(hidden) }, (x, state) => gruStep(x, state), { reverse });
}

/** The reset gate acts after the product, which then needs a bias of its own (cuDNN, PyTorch). */
export function gruResetAfter(xs: Tensor, hidden: number, { from, reverse = false }: Read<{ h: Tensor }> = {}) {
  return scan(xs, from ?? { h: zeros(hidden) }, (x, { h }) => {
    const reset = sigmoid(gate(x, h, hidden));
    const update = sigmoid(gate(x, h, hidden));
    const recalled = linear(h, hidden, { init: orthogonal() });
    const candidate = tanh(linear(x, hidden) + reset * recalled);
    return { h: update * h + (1 - update) * candidate };
  }, { reverse });
}

/** Minimal gated unit (Zhou et al., 2016): one gate that resets and updates. */
export function minimalGatedUnit(xs: Tensor, hidden: number, { from, reverse = false }: Read<{ h: Tensor }> = {}) {
  return scan(xs, from ?? { h: zeros(hidden) }, (x, { h }) => {
    const forget = sigmoid(gate(x, h, hidden));
    const remembered = forget * h;
    const candidate = tanh(gate(x, remembered, hidden));
    return { h: (1 - forget) * h + forget * candidate };
  }, { reverse });
}

/** Independently recurrent net (Li et al., 2018): each unit sees its own last state alone. */
export function indRnn(xs: Tensor, hidden: number, { from, reverse = false }: Read<{ h: Tensor }> = {}) {
  return scan(xs, from ?? { h: zeros(hidden) }, (x, { h }) => {
    const recurrent = param(hidden, { init: 1 });
    const fromInput = linear(x, hidden);
    return { h: relu(fromInput + recurrent * h) };
  }, { reverse });
}
