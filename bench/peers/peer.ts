/** Who takes part in a case: one of our targets, a peer, or the floor. All do the same work on the same numbers. */
import type { CaseData } from "../measure/data.js";

export const peerNames = ["onnxruntime-node", "onnxruntime-web", "tfjs-wasm", "tfjs-cpu", "brain.js", "gpu.js", "torch"] as const;
export type PeerName = (typeof peerNames)[number];

export interface Contender {
  /** What is checked, computed by the very code that is timed: see measure/data.ts. */
  outputs(): Promise<ArrayLike<number>>;
  /** Of a sequence it shows the last step alone, and `outputs` gives that. */
  readonly showsLast?: boolean;
  /** Does the task so many times, one after another; the time that took, in ms. */
  work(times: number): Promise<number>;
  close?(): void;
}

/** Why somebody is not there: it is not installed, or has no such net. */
export interface Absent {
  readonly absent: string;
}

export type Enter = (data: CaseData) => Promise<Contender | Absent>;

export function isAbsent(entered: Contender | Absent): entered is Absent {
  return "absent" in entered;
}

export const noSuchNet: Absent = { absent: "has no such net" };

/**
 * Milliseconds since now: by the clock or of the processor, whichever is less. Other processes take of the clock's time what
 * they want, and threads of a pool add to the processor's; neither is what a call takes on a machine of its own. Where a
 * peer waits for a thread of its own to wake, the wait is not counted, in its favour.
 */
export function stopwatch(): () => number {
  const clock = performance.now();
  const processor = process.cpuUsage();
  return () => {
    const { user, system } = process.cpuUsage(processor);
    return Math.min(performance.now() - clock, (user + system) / 1000);
  };
}

/** Turns of a stream: each call of `step` gets the next of the rows, from the first again after the last. */
export function streamWork(rowCount: number, step: (row: number) => void): Contender["work"] {
  let row = 0;
  return async (times) => {
    const elapsed = stopwatch();
    for (let i = 0; i < times; i++) {
      step(row);
      row = row + 1 === rowCount ? 0 : row + 1;
    }
    return elapsed();
  };
}

/** Work without turns. */
export function repeat(call: () => void): Contender["work"] {
  return async (times) => {
    const elapsed = stopwatch();
    for (let i = 0; i < times; i++) call();
    return elapsed();
  };
}

/** Results of several calls as one. */
export function joined(parts: readonly ArrayLike<number>[]): Float32Array {
  return Float32Array.from(parts.flatMap((part) => Array.from(part)));
}
