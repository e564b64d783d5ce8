/**
 * What was reached, less a tenth for the machine's moods: a bar that was met is raised to this, and a run that falls below
 * has lost something. Bars that are missed, and those that are met by less than a tenth, are not here.
 */
import type { Task } from "./cases.js";
import type { NetName } from "./nets/nets.js";
import type { PeerName } from "./peers/peer.js";

/** By the task and the number of hidden units. */
export type ByTask = Readonly<Record<Task, Readonly<Record<number, number>>>>;

/** How many times as fast as a peer. */
export const raisedOverPeers: Readonly<Partial<Record<NetName, Readonly<Partial<Record<PeerName, ByTask>>>>>> = {
  lstm: {
    "onnxruntime-web": { step: { 32: 17, 64: 9, 128: 4.3 }, sequence: {}, batch: {} },
    "onnxruntime-node": { step: { 32: 21, 128: 4.3, 256: 2.4, 512: 1.4 }, sequence: { 256: 0.7 }, batch: {} },
    "tfjs-wasm": {
      step: { 32: 60, 64: 27, 128: 11, 256: 4.7, 512: 2.1 },
      sequence: { 32: 80, 64: 34, 128: 16, 256: 7.8, 512: 3.2 },
      batch: { 128: 8.8, 256: 6.5 },
    },
    "tfjs-cpu": {
      step: { 32: 75, 64: 60, 128: 48, 256: 37, 512: 30 },
      sequence: { 32: 120, 64: 70, 128: 57, 256: 44, 512: 33 },
      batch: { 128: 90, 256: 72 },
    },
  },
  gru: {
    "onnxruntime-web": { step: { 32: 15, 64: 8.4, 128: 3.8, 256: 2.2, 512: 1.4 }, sequence: { 128: 1.2, 256: 1.15, 512: 1.05 }, batch: {} },
    "onnxruntime-node": { step: { 32: 19, 128: 4.3, 256: 2.3, 512: 1.4 }, sequence: { 128: 0.67, 256: 0.66, 512: 1 }, batch: { 128: 0.36, 256: 0.29 } },
  },
  custom: {
    "onnxruntime-web": { step: { 32: 21, 64: 10, 128: 5.7, 512: 1.55 }, sequence: { 32: 11, 64: 6 }, batch: {} },
  },
  brain: {
    "brain.js": { step: {}, sequence: { 32: 70, 128: 74, 256: 70 }, batch: {} },
  },
};

/** How much of the floor's speed. */
export const raisedFloor: ByTask = { step: { 256: 0.95, 512: 0.9 }, sequence: { 256: 0.85, 512: 0.9 }, batch: {} };

/** The first result of a fresh process, over an empty script. */
export const raisedFresh = 1.3;

/** Weights of 16 bits, over our own float32. */
export const raisedInt16: ByTask = { step: { 256: 1.9 }, sequence: { 256: 1.8 }, batch: {} };
