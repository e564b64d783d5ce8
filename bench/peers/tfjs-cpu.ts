/** TensorFlow.js with its backend of plain JavaScript. */
import "@tensorflow/tfjs-backend-cpu";
import type { Enter } from "./peer.js";
import { enterTfjs } from "./tfjs.js";

export const enter: Enter = (data) => enterTfjs("cpu", data);
