import { at, concat, dim, dot, dropout as drop, length, param, relu, scan, sigmoid, size, split, tanh, uniform, zeros, type Tensor } from "gatefold";

/**
 * torch.nn.RNN: a stack of Elman's nets. The arguments are PyTorch's, and so are the parameters' names and shapes:
 * weight_ih_l0, weight_hh_l0, bias_ih_l0, bias_hh_l0, ... with _reverse for the other direction.
 */
export function rnn(xs: Tensor, { hiddenSize, inputSize, numLayers = 1, nonlinearity = "tanh", bias = true, dropout = 0, bidirectional = false, batchFirst, h0 }: {
  hiddenSize: number; inputSize?: number | undefined; numLayers?: number | undefined; nonlinearity?: "tanh" | "relu" | undefined; bias?: boolean | undefined; dropout?: number | undefined; bidirectional?: boolean | undefined;
  batchFirst?: boolean | undefined; h0?: Tensor | undefined;
}) {
  expectArguments({ numLayers, dropout, batchFirst });
  expectInput(xs, inputSize);
  expectStates("h0", h0, hiddenSize, numLayers, bidirectional);
  if (nonlinearity !== "tanh" && nonlinearity !== "relu") throw new Error(`nonlinearity is "tanh" or "relu", not "${nonlinearity}".`);
  const init = usual(hiddenSize);
  const directions = bidirectional ? ["", "_reverse"] : [""];
  let output = xs;
  let finals: Tensor[] = [];
  for (let layer = 0; layer < numLayers; layer++) {
    if (layer > 0 && dropout < 1) output = drop(output, dropout);
    const runs = directions.map((suffix, direction) => {
      const weightIh = param([hiddenSize, size(output)], { init, name: `weight_ih_l${layer}${suffix}` });
      const weightHh = param([hiddenSize, hiddenSize], { init, name: `weight_hh_l${layer}${suffix}` });
      const biasIh = bias ? param(hiddenSize, { init, name: `bias_ih_l${layer}${suffix}` }) : 0;
      const biasHh = bias ? param(hiddenSize, { init, name: `bias_hh_l${layer}${suffix}` }) : 0;
      const start = beginning(h0, layer * directions.length + direction, hiddenSize);
      return scan(output, { h: start }, (x, { h }) => {
        const sum = dot(weightIh, x) + biasIh + dot(weightHh, h) + biasHh;
        return { h: nonlinearity === "relu" ? relu(sum) : tanh(sum) };
      }, { reverse: suffix !== "" });
    });
    output = concat(...runs.map((run) => run.h));
    finals = [...finals, ...runs.map((run) => run.final.h)];
  }
  return { output, hn: stacked(finals, h0) };
}

/** torch.nn.LSTM, with a projection of the hidden state where projSize is given (its weight is weight_hr_l0). */
export function lstm(xs: Tensor, { hiddenSize, inputSize, numLayers = 1, bias = true, dropout = 0, bidirectional = false, projSize = 0, batchFirst, h0, c0 }: {
  hiddenSize: number; inputSize?: number | undefined; numLayers?: number | undefined; bias?: boolean | undefined; dropout?: number | undefined; bidirectional?: boolean | undefined; projSize?: number | undefined;
  batchFirst?: boolean | undefined; h0?: Tensor | undefined; c0?: Tensor | undefined;
}) {
  expectArguments({ numLayers, dropout, batchFirst });
  expectInput(xs, inputSize);
  if (projSize < 0 || projSize >= hiddenSize) throw new Error(`projSize lies from 0, no projection, up to hiddenSize, not included; it is ${projSize} and hiddenSize is ${hiddenSize}.`);
  const outSize = projSize > 0 ? projSize : hiddenSize;
  expectStates("h0", h0, outSize, numLayers, bidirectional);
  expectStates("c0", c0, hiddenSize, numLayers, bidirectional);
  const init = usual(hiddenSize);
  const directions = bidirectional ? ["", "_reverse"] : [""];
  let output = xs;
  let finals: { h: Tensor; c: Tensor }[] = [];
  for (let layer = 0; layer < numLayers; layer++) {
    if (layer > 0 && dropout < 1) output = drop(output, dropout);
    const runs = directions.map((suffix, direction) => {
      const weightIh = param([4 * hiddenSize, size(output)], { init, name: `weight_ih_l${layer}${suffix}` });
      const weightHh = param([4 * hiddenSize, outSize], { init, name: `weight_hh_l${layer}${suffix}` });
      const biasIh = bias ? param(4 * hiddenSize, { init, name: `bias_ih_l${layer}${suffix}` }) : 0;
      const biasHh = bias ? param(4 * hiddenSize, { init, name: `bias_hh_l${layer}${suffix}` }) : 0;
      const index = layer * directions.length + direction;
      const start = { h: beginning(h0, index, outSize), c: beginning(c0, index, hiddenSize) };
      return scan(output, start, (x, { h, c }) => {
        const [i, f, g, o] = split(dot(weightIh, x) + biasIh + dot(weightHh, h) + biasHh, 4);
        const cell = sigmoid(f) * c + sigmoid(i) * tanh(g);
        const shown = sigmoid(o) * tanh(cell);
        if (projSize === 0) return { h: shown, c: cell };
        const weightHr = param([projSize, hiddenSize], { init, name: `weight_hr_l${layer}${suffix}` });
        return { h: dot(weightHr, shown), c: cell };
      }, { reverse: suffix !== "" });
    });
    output = concat(...runs.map((run) => run.h));
    finals = [...finals, ...runs.map((run) => run.final)];
  }
  return { output, hn: stacked(finals.map(({ h }) => h), h0), cn: stacked(finals.map(({ c }) => c), c0 ?? h0) };
}

/** torch.nn.GRU: the reset gate acts after the product. */
export function gru(xs: Tensor, { hiddenSize, inputSize, numLayers = 1, bias = true, dropout = 0, bidirectional = false, batchFirst, h0 }: {
  hiddenSize: number; inputSize?: number | undefined; numLayers?: number | undefined; bias?: boolean | undefined; dropout?: number | undefined; bidirectional?: boolean | undefined;
  batchFirst?: boolean | undefined; h0?: Tensor | undefined;
}) {
  expectArguments({ numLayers, dropout, batchFirst });
  expectInput(xs, inputSize);
  expectStates("h0", h0, hiddenSize, numLayers, bidirectional);
  const init = usual(hiddenSize);
  const directions = bidirectional ? ["", "_reverse"] : [""];
  let output = xs;
  let finals: Tensor[] = [];
  for (let layer = 0; layer < numLayers; layer++) {
    if (layer > 0 && dropout < 1) output = drop(output, dropout);
    const runs = directions.map((suffix, direction) => {
      const weightIh = param([3 * hiddenSize, size(output)], { init, name: `weight_ih_l${layer}${suffix}` });
      const weightHh = param([3 * hiddenSize, hiddenSize], { init, name: `weight_hh_l${layer}${suffix}` });
      const biasIh = bias ? param(3 * hiddenSize, { init, name: `bias_ih_l${layer}${suffix}` }) : 0;
      const biasHh = bias ? param(3 * hiddenSize, { init, name: `bias_hh_l${layer}${suffix}` }) : 0;
      const start = beginning(h0, layer * directions.length + direction, hiddenSize);
      return scan(output, { h: start }, (x, { h }) => {
        const [xr, xz, xn] = split(dot(weightIh, x) + biasIh, 3);
        const [hr, hz, hn] = split(dot(weightHh, h) + biasHh, 3);
        const reset = sigmoid(xr + hr);
        const update = sigmoid(xz + hz);
        const candidate = tanh(xn + reset * hn);
        return { h: (1 - update) * candidate + update * h };
      }, { reverse: suffix !== "" });
    });
    output = concat(...runs.map((run) => run.h));
    finals = [...finals, ...runs.map((run) => run.final.h)];
  }
  return { output, hn: stacked(finals, h0) };
}

/** torch.nn.RNNCell: one step. Its parameters are weight_ih, weight_hh, bias_ih, bias_hh. */
export function rnnCell(x: Tensor, { h }: { h: Tensor }, { inputSize, hiddenSize, bias = true, nonlinearity = "tanh" }: { inputSize?: number | undefined; hiddenSize?: number | undefined; bias?: boolean | undefined; nonlinearity?: "tanh" | "relu" | undefined } = {}) {
  expectInput(x, inputSize);
  expectState(h, hiddenSize);
  const init = usual(size(h));
  const weightIh = param([size(h), size(x)], { init, name: "weight_ih" });
  const weightHh = param([size(h), size(h)], { init, name: "weight_hh" });
  const biasIh = bias ? param(size(h), { init, name: "bias_ih" }) : 0;
  const biasHh = bias ? param(size(h), { init, name: "bias_hh" }) : 0;
  const sum = dot(weightIh, x) + biasIh + dot(weightHh, h) + biasHh;
  return { h: nonlinearity === "relu" ? relu(sum) : tanh(sum) };
}

/** torch.nn.LSTMCell: one step. */
export function lstmCell(x: Tensor, { h, c }: { h: Tensor; c: Tensor }, { inputSize, hiddenSize, bias = true }: { inputSize?: number | undefined; hiddenSize?: number | undefined; bias?: boolean | undefined } = {}) {
  expectInput(x, inputSize);
  expectState(h, hiddenSize);
  const init = usual(size(h));
  const weightIh = param([4 * size(h), size(x)], { init, name: "weight_ih" });
  const weightHh = param([4 * size(h), size(h)], { init, name: "weight_hh" });
  const biasIh = bias ? param(4 * size(h), { init, name: "bias_ih" }) : 0;
  const biasHh = bias ? param(4 * size(h), { init, name: "bias_hh" }) : 0;
  const [i, f, g, o] = split(dot(weightIh, x) + biasIh + dot(weightHh, h) + biasHh, 4);
  const cell = sigmoid(f) * c + sigmoid(i) * tanh(g);
  return { h: sigmoid(o) * tanh(cell), c: cell };
}

/** torch.nn.GRUCell: one step. */
export function gruCell(x: Tensor, { h }: { h: Tensor }, { inputSize, hiddenSize, bias = true }: { inputSize?: number | undefined; hiddenSize?: number | undefined; bias?: boolean | undefined } = {}) {
  expectInput(x, inputSize);
  expectState(h, hiddenSize);
  const init = usual(size(h));
  const weightIh = param([3 * size(h), size(x)], { init, name: "weight_ih" });
  const weightHh = param([3 * size(h), size(h)], { init, name: "weight_hh" });
  const biasIh = bias ? param(3 * size(h), { init, name: "bias_ih" }) : 0;
  const biasHh = bias ? param(3 * size(h), { init, name: "bias_hh" }) : 0;
  const [xr, xz, xn] = split(dot(weightIh, x) + biasIh, 3);
  const [hr, hz, hn] = split(dot(weightHh, h) + biasHh, 3);
  const reset = sigmoid(xr + hr);
  const update = sigmoid(xz + hz);
  const candidate = tanh(xn + reset * hn);
  return { h: (1 - update) * candidate + update * h };
}

/** What PyTorch's recurrent layers begin with: uniform, within one over the root of the hidden size. */
function usual(hiddenSize: number) {
  return uniform(-1 / hiddenSize ** 0.5, 1 / hiddenSize ** 0.5);
}

function expectInput(x: Tensor, inputSize: number | undefined) {
  if (inputSize !== undefined && size(x) !== inputSize) throw new Error(`The input has ${size(x)} features, inputSize says ${inputSize}.`);
}

function expectState(h: Tensor, hiddenSize: number | undefined) {
  if (hiddenSize !== undefined && size(h) !== hiddenSize) throw new Error(`The state has ${size(h)} components, hiddenSize says ${hiddenSize}.`);
}

function expectArguments({ numLayers, dropout, batchFirst }: { numLayers: number; dropout: number; batchFirst?: boolean | undefined }) {
  if (numLayers < 1) throw new Error(`numLayers is a whole number from 1 up, this is ${numLayers}.`);
  if (dropout < 0 || dropout > 1) throw new Error(`dropout is a probability, from 0 to 1; this is ${dropout}.`);
  if (batchFirst !== undefined) throw new Error(`A model says what happens to one example, so batchFirst says nothing here: leave it out, and compile with --layout batch-first or --layout time-first.`);
}

/** Beyond its end a sequence is zero, so one that is too short would begin some layers in zeros without a word. */
function expectStates(name: string, given: Tensor | undefined, components: number, numLayers: number, bidirectional: boolean) {
  if (given === undefined) return;
  expectLength(name, length(given), numLayers * (bidirectional ? 2 : 1));
  if (size(given) !== components) throw new Error(`${name} has ${size(given)} components, ${components} are wanted.`);
}

function expectLength(name: string, lengthOfStates: number, wanted: number) {
  if (lengthOfStates !== wanted) throw new Error(`${name} has ${lengthOfStates === 1 ? "1 element" : `${lengthOfStates} elements`}; ${wanted} are wanted, one for each layer and direction.`);
}

/** The state in which a layer and direction begins: element `index` of what was given, or zeros. */
function beginning(given: Tensor | undefined, index: number, size: number) {
  return given === undefined ? zeros(size) : at(given, index);
}

/** The last states of all layers and directions, along the dimension that the first states ran along, or "layer". */
function stacked(finals: readonly Tensor[], given: Tensor | undefined) {
  return split(concat(...finals), finals.length, given === undefined ? "layer" : dim(given));
}
