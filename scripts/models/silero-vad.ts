/** Silero's voice activity detector, its recurrent part and the whole net, held against onnxruntime on real speech. */
import path from "node:path";
import type { Check, CompiledModel } from "./check.js";
import { type Comparison, difference } from "./table.js";
import { overWindow, readTensors, reshaped, type Tensor } from "./tensors.js";
import { readWave } from "./wave.js";

const [frames, units, chunk] = [400, 128, 512];
const encoderLayers = ["first", "second", "third", "fourth"];

export function decisionWeights(tensor: (name: string) => Tensor): Record<string, Tensor> {
  return {
    "lstm.x.weight": tensor("lstm_cell.weight_ih"),
    "lstm.x.bias": tensor("lstm_cell.bias_ih"),
    "lstm.h.weight": tensor("lstm_cell.weight_hh"),
    "lstm.h.bias": tensor("lstm_cell.bias_hh"),
    // A convolution with one tap is a matrix.
    "decision.weight": reshaped(tensor("final_conv.weight"), [1, units]),
    "decision.bias": tensor("final_conv.bias"),
  };
}

function encoderWeights(tensor: (name: string) => Tensor): Record<string, Tensor> {
  const result: Record<string, Tensor> = { "heard.windows.basis": reshaped(tensor("model.stft.forward_basis_buffer"), [258, 256]) };
  for (const [index, layer] of encoderLayers.entries()) {
    result[`heard.${layer}.weight`] = overWindow(tensor(`model.encoder.${index}.reparam_conv.weight`));
    result[`heard.${layer}.bias`] = tensor(`model.encoder.${index}.reparam_conv.bias`);
  }
  return result;
}

export const sileroVad: Check = {
  name: "silero-vad",
  async compare({ folder, compile }) {
    const tensor = readTensors(path.join(folder, "weights"));
    const expected = readTensors(path.join(folder, "expected"));
    const comparison = (what: string, found: () => ArrayLike<number>, name: string, bound: number): Comparison => ({
      what,
      measure: () => difference(found(), expected(name).data),
      bound,
    });

    const decide = await (await compile("silero-vad.model.ts", "decide"))(decisionWeights(tensor));
    const voice = await (await compile("silero-vad.model.ts", "voice"))({ ...decisionWeights(tensor), ...encoderWeights(tensor) });
    const features = expected("lstm_input").data;
    const sound = readWave(path.join(folder, "test.wav")).subarray(0, chunk * frames);
    return [
      comparison(`LSTM, h after each of ${frames} frames, stream`, () => streamed(decide, { features }, "h"), "h", 1e-5),
      comparison("LSTM, c, stream", () => streamed(decide, { features }, "c"), "c", 1e-5),
      comparison("LSTM, probability, stream", () => streamed(decide, { features }, "probability"), "speech_prob", 1e-5),
      comparison("LSTM, probability, run", () => decide.run({ features })("probability"), "speech_prob", 1e-5),
      comparison("whole net from the sound, probability, stream", () => streamed(voice, { sound }, "probability"), "speech_prob", 1e-4),
      comparison("whole net from the sound, probability, run", () => voice.run({ sound })("probability"), "speech_prob", 1e-4),
    ];
  },
};

/** An output after each frame of the one input, one step after another. */
function streamed(net: CompiledModel, input: Readonly<Record<string, Float32Array>>, output: string): number[] {
  const stream = net.stream();
  const found: number[] = [];
  for (let frame = 0; frame < frames; frame++) {
    const step = Object.entries(input).map(([name, data]) => {
      const size = data.length / frames;
      return [name, data.subarray(size * frame, size * (frame + 1))] as const;
    });
    found.push(...stream.step(Object.fromEntries(step))(output));
  }
  return found;
}
