/** What a module may have for which the runtime has code. Texts of the runtime have a piece for each, between `//: FEATURE` and `//: end`. */
export type Feature =
  /** Inputs of integers. */
  | "integers"
  /** Inputs whose names every object has, such as "toString". */
  | "inherited names"
  /** Streams that carry integers from step to step. */
  | "integer states"
  /** Inputs that may be left out. */
  | "optional"
  /** Buffers of several sizes that depend on lengths, which are placed when a model runs. */
  | "open places"
  /** Every run takes a batch of one size. */
  | "fixed batch"
  /** Members of a batch run side by side. */
  | "batches"
  /** Models that run step by step. */
  | "streams"
  /** Streams with memory whose size depends on lengths, and those whose memory grows with their steps. */
  | "stream heap"
  | "growing streams"
  /** A second body of WebAssembly. */
  | "relaxed"
  /** Weights may be given as the bytes of a safetensors file. */
  | "safetensors";
