/**
 * TensorFlow.js: its LSTM layer, in its WebAssembly or its plain JavaScript backend; a stream calls the layer's cell. It has
 * no GRU that resets after the product, and a cell of one's own would be a string of the same small operations.
 */
import * as tf from "@tensorflow/tfjs-core";
import * as layers from "@tensorflow/tfjs-layers";
import { extent, shape } from "../cases.js";
import { checkedMembers, checkedSteps, rows, sequence, weight, type CaseData } from "../measure/data.js";
import { blocks, concatenated, transposed } from "../onnx/layout.js";
import { joined, noSuchNet, stopwatch, type Absent, type Contender } from "./peer.js";

/** PyTorch has the gates i, f, g, o; this has i, f, c, o. The two biases are one here. */
function layerWeights(data: CaseData): tf.Tensor[] {
  const { hidden } = data.case;
  const inOrder = (name: string): Float32Array => blocks(weight(data, name), [0, 1, 2, 3]);
  const recurrentBias = inOrder("layer.bias_hh_l0");
  return [
    tf.tensor2d(transposed(inOrder("layer.weight_ih_l0"), shape.input), [shape.input, 4 * hidden]),
    tf.tensor2d(transposed(inOrder("layer.weight_hh_l0"), hidden), [hidden, 4 * hidden]),
    tf.tensor1d(inOrder("layer.bias_ih_l0").map((value, i) => value + (recurrentBias[i] ?? Number.NaN))),
  ];
}

export async function enterTfjs(backend: "wasm" | "cpu", data: CaseData): Promise<Contender | Absent> {
  if (data.case.net !== "lstm") return noSuchNet;
  const { hidden, task } = data.case;
  if (backend === "cpu" && task === "batch" && hidden > 256) return { absent: "would take minutes" };
  await tf.setBackend(backend);
  await tf.ready();
  // What is drawn is replaced at once; drawing an orthogonal matrix takes seconds.
  const options = { units: hidden, recurrentActivation: "sigmoid", unitForgetBias: false, kernelInitializer: "zeros", recurrentInitializer: "zeros" } as const;
  const contender = task === "step" ? streaming(layers.layers.lstmCell(options), data) : running(layers.layers.lstm({ ...options, returnSequences: true }), data);
  // Both backends may be in one process, and take turns.
  const turn = async <T>(body: () => Promise<T>): Promise<T> => {
    await tf.setBackend(backend);
    return body();
  };
  return { outputs: () => turn(() => contender.outputs()), work: (times) => turn(() => contender.work(times)) };
}

function running(layer: ReturnType<typeof layers.layers.lstm>, data: CaseData): Contender {
  const { turns, members } = extent(data.case.task);
  const x = tf.tensor3d(concatenated(...data.members.map((member) => sequence(member, "xs").data)), [members, turns, shape.input]);
  // The first use makes the weights.
  tf.dispose(layer.apply(x) as tf.Tensor);
  layer.setWeights(layerWeights(data));
  const call = (): Float32Array => tf.tidy(() => (layer.apply(x) as tf.Tensor).dataSync<"float32">());
  return {
    outputs: async () => {
      const all = call();
      const size = all.length / members;
      return joined(checkedMembers(members).map((b) => all.subarray(b * size, (b + 1) * size)));
    },
    work: async (times) => {
      const elapsed = stopwatch();
      for (let i = 0; i < times; i++) call();
      return elapsed();
    },
  };
}

function streaming(cell: ReturnType<typeof layers.layers.lstmCell>, data: CaseData): Contender {
  const { hidden } = data.case;
  cell.build([1, shape.input]);
  cell.setWeights(layerWeights(data));
  const xs = rows(sequence(data.members[0], "xs"));
  const start = (): tf.Tensor[] => [tf.zeros([1, hidden]), tf.zeros([1, hidden])];
  const step = (row: Float32Array, [h, c]: readonly tf.Tensor[]): tf.Tensor[] => {
    const [, nextH, nextC] = tf.tidy(() => {
      const inputs = [tf.tensor2d(row, [1, shape.input]), h, c] as tf.Tensor[];
      return cell.call(inputs, {}) as tf.Tensor[];
    });
    tf.dispose([h, c] as tf.Tensor[]);
    return [nextH, nextC] as tf.Tensor[];
  };
  let state = start();
  let at = 0;
  return {
    outputs: async () => {
      let fresh = start();
      return joined(xs.slice(0, checkedSteps).map((row) => {
        fresh = step(row, fresh);
        return fresh[0]?.dataSync() ?? [];
      }));
    },
    work: async (times) => {
      const elapsed = stopwatch();
      for (let i = 0; i < times; i++) {
        state = step(xs[at] ?? new Float32Array(shape.input), state);
        state[0]?.dataSync();
        at = at + 1 === xs.length ? 0 : at + 1;
      }
      return elapsed();
    },
  };
}
