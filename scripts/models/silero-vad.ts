/** Silero's voice activity detector, its recurrent part and the whole net, held against onnxruntime on real speech. */
import path from "node:path";
import type { Check } from "./check.js";
import { difference, type Row } from "./table.js";
import { overWindow, readTensors, reshaped, type Tensor } from "./tensors.js";
import { readWave } from "./wave.js";

const [frames, units, chunk] = [400, 128, 512];
const encoderLayers = ["first", "second", "third", "fourth"];

function decisionWeights(tensor: (name: string) => Tensor): Record<string, Tensor> {
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
  const result: Record<string, Tensor> = { basis: reshaped(tensor("model.stft.forward_basis_buffer"), [258, 256]) };
  for (const [index, layer] of encoderLayers.entries()) {
    result[`${layer}.weight`] = overWindow(tensor(`model.encoder.${index}.reparam_conv.weight`));
    result[`${layer}.bias`] = tensor(`model.encoder.${index}.reparam_conv.bias`);
  }
  return result;
}

export const sileroVad: Check = {
  name: "silero-vad",
  async rows({ folder, compile }) {
    const tensor = readTensors(path.join(folder, "weights"));
    const expected = readTensors(path.join(folder, "expected"));
    const row = (what: string, found: ArrayLike<number>, name: string, bound: number): Row => ({
      model: "silero-vad",
      what,
      difference: difference(found, expected(name).data),
      bound,
    });

    const decide = await (await compile("silero-vad.model.ts", "decide"))(decisionWeights(tensor));
    const features = expected("lstm_input").data;
    const cell = decide.stream();
    const streamed: Record<"h" | "c" | "probability", number[]> = { h: [], c: [], probability: [] };
    for (let frame = 0; frame < frames; frame++) {
      const step = cell.step({ features: features.subarray(units * frame, units * (frame + 1)) });
      for (const name of ["h", "c", "probability"] as const) streamed[name].push(...step(name));
    }

    const voice = await (await compile("silero-vad.model.ts", "voice"))({ ...decisionWeights(tensor), ...encoderWeights(tensor) });
    const sound = readWave(path.join(folder, "test.wav")).subarray(0, chunk * frames);
    const listener = voice.stream();
    const heard: number[] = [];
    for (let frame = 0; frame < frames; frame++) heard.push(...listener.step({ sound: sound.subarray(chunk * frame, chunk * (frame + 1)) })("probability"));

    return [
      row(`LSTM, h after each of ${frames} frames, stream`, streamed.h, "h", 1e-5),
      row("LSTM, c, stream", streamed.c, "c", 1e-5),
      row("LSTM, probability, stream", streamed.probability, "speech_prob", 1e-5),
      row("LSTM, probability, run", decide.run({ features })("probability"), "speech_prob", 1e-5),
      row("whole net from the sound, probability, stream", heard, "speech_prob", 1e-4),
      row("whole net from the sound, probability, run", voice.run({ sound })("probability"), "speech_prob", 1e-4),
    ];
  },
};
