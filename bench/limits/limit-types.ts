/** What a machine can do at most, as WebAssembly of 128 bits sees it. */
export interface Limits {
  /** GB/s by the bytes that are walked through again and again. */
  readonly read: readonly { readonly bytes: number; readonly read: number; readonly readMultiplyAdd: number }[];
  /** Billions of operations a second; a multiplication and an addition are two. */
  readonly multiplyAdd: number;
  /** Nanoseconds for a sigmoid of one number. */
  readonly activation: number;
}
