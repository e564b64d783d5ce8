/** onnxruntime compiled to WebAssembly, with SIMD. */
import * as ort from "onnxruntime-web";
import { enterOnnxruntime } from "./onnxruntime.js";
import type { Enter } from "./peer.js";

export const enter: Enter = (data) => {
  if (data.case.threads === "one") ort.env.wasm.numThreads = 1;
  return enterOnnxruntime(ort, data);
};
