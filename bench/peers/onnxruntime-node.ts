/** onnxruntime with its native library for the processor. */
import * as ort from "onnxruntime-node";
import { enterOnnxruntime } from "./onnxruntime.js";
import type { Enter } from "./peer.js";

export const enter: Enter = (data) => enterOnnxruntime(ort, data);
