/**
 * Switches for whoever debugs the compiler. They are a plain object that the
 * caller hands down: the core reads no environment variable and no global, so
 * that the same call gives the same result everywhere.
 */
export interface DebugOptions {
  /** Run the verifier of the level after every pass, and name the pass that broke it. */
  readonly verifyBetweenPasses: boolean;
  /** Measure how long each pass takes; the report then differs from run to run. */
  readonly timings: boolean;
  /** Called with the text form after each pass, numbered in the order in which they ran. */
  readonly onDump?: (dump: PassDump) => void;
}

/** The text form of the program as one pass left it. */
export interface PassDump {
  readonly model: string;
  /**
   * "stream": everything that is made for the model step by step, beside what is made for a run. "code": what the target
   * made of all models together, under the name of the module.
   */
  readonly level: "graph" | "kernels" | "program" | "stream" | "code";
  /** Position of the pass in its pipeline, from 0. */
  readonly index: number;
  readonly pass: string;
  readonly text: string;
}

/** What a normal compilation uses: results do not depend on the clock, nothing is dumped. */
export const defaultDebugOptions: DebugOptions = {
  verifyBetweenPasses: false,
  timings: false,
};
