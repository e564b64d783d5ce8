/** TensorFlow.js with its WebAssembly backend. */
import { createRequire } from "node:module";
import path from "node:path";
import { setThreadsCount, setWasmPaths } from "@tensorflow/tfjs-backend-wasm";
import type { Enter } from "./peer.js";
import { enterTfjs } from "./tfjs.js";

export const enter: Enter = (data) => {
  const package_ = createRequire(import.meta.url).resolve("@tensorflow/tfjs-backend-wasm/package.json");
  setWasmPaths(`${path.join(path.dirname(package_), "dist")}/`);
  if (data.case.threads === "one") setThreadsCount(1);
  return enterTfjs("wasm", data);
};
