/** All peers by name. A peer's package is loaded only where it takes part. */
import type { CaseData } from "../measure/data.js";
import type { Absent, Contender, PeerName } from "./peer.js";
import { enterTorch } from "./torch.js";

export const peers: Readonly<Record<PeerName, (data: CaseData, folder: string) => Promise<Contender | Absent>>> = {
  "onnxruntime-node": async (data) => (await import("./onnxruntime-node.js")).enter(data),
  "onnxruntime-web": async (data) => (await import("./onnxruntime-web.js")).enter(data),
  "tfjs-wasm": async (data) => (await import("./tfjs-wasm.js")).enter(data),
  "tfjs-cpu": async (data) => (await import("./tfjs-cpu.js")).enter(data),
  "brain.js": async (data) => (await import("./brain.js")).enter(data),
  "gpu.js": async (data) => (await import("./gpu.js")).enterGpu(data),
  torch: async (data, folder) => enterTorch(data.case, folder),
};
