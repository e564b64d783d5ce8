/**
 * Cases of PyTorch: modules with their arguments, weights under PyTorch's names, inputs and outputs. cases.json describes
 * each, a safetensors file of its name holds the numbers. From the description comes the text of a model file that calls
 * the library's function of the same name with the same arguments.
 */
import { readFileSync } from "node:fs";
import path from "node:path";
import { readSafetensors, tensorAsFloat32, type SafetensorsTensor } from "../../src/formats/safetensors.js";
import { defined } from "../../src/support/invariant.js";
import type { NdArray } from "./arrays.js";
import type { ConformanceCase, Suite } from "./conformance.js";
import { layerTrials } from "./pytorch-layers.js";
import { recurrentTrials } from "./pytorch-recurrent.js";
import { Description, type Maker, type Numbers } from "./pytorch-case.js";
import type { Trial } from "./trial.js";

/** How each module's description becomes a trial. */
const makers: Readonly<Record<string, Maker>> = { ...recurrentTrials, ...layerTrials };

export const pytorch: Suite = {
  option: "--pytorch",
  folder: "conformance/pytorch",
  discover(folder) {
    const cases = JSON.parse(readFileSync(path.join(folder, "cases.json"), "utf8")) as readonly Readonly<Record<string, unknown>>[];
    return cases.map((given): ConformanceCase => {
      const { name, module, loss, optimizer, net, ...rest } = given;
      if (typeof loss === "string") return { name: String(name), kind: `loss ${loss}`, make: () => ({ notYet: "losses and their gradients" }) };
      // A case that trains a net describes it in words, and has no module.
      if (typeof optimizer === "string" || typeof net === "string") return { name: String(name), kind: `optimizer ${String(optimizer)}`, make: () => ({ notYet: "optimisers" }) };
      return { name: String(name), kind: String(module), make: () => trialOf(String(name), String(module), rest, folder) };
    });
  },
};

function trialOf(name: string, module: string, given: Readonly<Record<string, unknown>>, folder: string): Trial {
  const maker = defined(makers[module], `a way to make a trial of ${module}`);
  const description = new Description(given);
  const trial = maker(description, readNumbers(path.join(folder, `${name}.safetensors`)));
  description.expectAllRead();
  return trial;
}

function readNumbers(file: string): Numbers {
  const { tensors } = readSafetensors(readFileSync(file), { file });
  const named = (prefix: string) => {
    const found = [...tensors].filter(([key]) => key.startsWith(prefix)).map(([key, tensor]): [string, NdArray] => [key.slice(prefix.length), arrayOf(tensor)]);
    return Object.fromEntries(found);
  };
  return { weights: named("weight."), inputs: named("input."), outputs: named("output.") };
}

/** Doubles stay doubles: the comparison is with what PyTorch computed, not with its rounding. */
function arrayOf(tensor: SafetensorsTensor): NdArray {
  const { shape, dtype, bytes } = tensor;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (dtype === "F64") return { shape, data: Float64Array.from({ length: bytes.length / 8 }, (_, i) => view.getFloat64(8 * i, true)) };
  if (dtype === "I64") return { shape, data: Int32Array.from({ length: bytes.length / 8 }, (_, i) => Number(view.getBigInt64(8 * i, true))) };
  if (dtype === "I32") return { shape, data: Int32Array.from({ length: bytes.length / 4 }, (_, i) => view.getInt32(4 * i, true)) };
  if (dtype === "BOOL" || dtype === "U8") return { shape, data: Int32Array.from(bytes) };
  return { shape, data: tensorAsFloat32(tensor) };
}
