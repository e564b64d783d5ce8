/**
 * The nets of the bench: each is a model file with one model of its own name, whose result is called `output`. What a step
 * must do at least (`work`) is what its floor is made of; see ../limits/floor.ts.
 */
import type { Task } from "../cases.js";

/** Counted for one step of one member. */
export interface Work {
  /** Weights that meet the state: they are read anew at each step. */
  readonly recurrentWeights: number;
  /** Weights that meet only inputs: over a sequence, their product is one matrix product. */
  readonly inputWeights: number;
  readonly activations: number;
  /** Multiply-adds between values that are no weights, such as those of attention. */
  readonly products?: number;
}

export interface Net {
  readonly title: string;
  readonly tasks: readonly Task[];
  /** Names of its input sequences; `xs` runs along time, `source` along what is attended to. */
  readonly inputs: readonly ("xs" | "source")[];
  work(hidden: number, shape: { readonly input: number; readonly source: number }): Work;
}

const everyTask: readonly Task[] = ["step", "sequence", "batch"];

export const nets = {
  lstm: {
    title: "LSTM",
    tasks: everyTask,
    inputs: ["xs"],
    work: (hidden, { input }) => ({ recurrentWeights: 4 * hidden * hidden, inputWeights: 4 * hidden * input, activations: 5 * hidden }),
  },
  gru: {
    title: "GRU, reset after the product",
    tasks: everyTask,
    inputs: ["xs"],
    work: (hidden, { input }) => ({ recurrentWeights: 3 * hidden * hidden, inputWeights: 3 * hidden * input, activations: 3 * hidden }),
  },
  custom: {
    title: "a cell of one's own: peepholes and layer norm",
    tasks: everyTask,
    inputs: ["xs"],
    work: (hidden, { input }) => ({ recurrentWeights: 4 * hidden * hidden, inputWeights: 4 * hidden * input, activations: 5 * hidden }),
  },
  brain: {
    title: "the LSTM of brain.js, by its own equations",
    tasks: ["sequence"],
    inputs: ["xs"],
    work: (hidden, { input }) => ({ recurrentWeights: 4 * hidden * hidden, inputWeights: 4 * hidden * input + hidden * input, activations: 5 * hidden }),
  },
  tagger: {
    title: "tagger: bidirectional LSTM of two layers",
    tasks: ["sequence", "batch"],
    inputs: ["xs"],
    work: (hidden, { input }) => ({ recurrentWeights: 16 * hidden * hidden, inputWeights: 8 * hidden * input + 16 * hidden * hidden + 18 * hidden, activations: 20 * hidden }),
  },
  decoder: {
    title: "decoder: GRU with additive attention",
    tasks: everyTask,
    inputs: ["xs", "source"],
    work: (hidden, { input, source }) => ({
      recurrentWeights: hidden * hidden + 3 * hidden * (hidden + input),
      inputWeights: 3 * hidden * input,
      activations: 3 * hidden + source * (hidden + 1),
      products: source * (hidden + input),
    }),
  },
} as const satisfies Readonly<Record<string, Net>>;

export type NetName = keyof typeof nets;

export const netNames = Object.keys(nets) as readonly NetName[];
