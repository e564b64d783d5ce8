/** Models that are too much for the engine that compiles them. */

/** What the engine ran out of, where an error says that it did. */
export function exhausted(thrown: unknown): string | undefined {
  if (!(thrown instanceof Error)) return undefined;
  if (/call stack|too much recursion/i.test(thrown.message)) return "too many operations follow each other";
  return thrown instanceof RangeError && /invalid (string|array|array buffer|typed array) length|allocation failed|maximum size exceeded/i.test(thrown.message) ? "its code or its tables are larger than memory" : undefined;
}
