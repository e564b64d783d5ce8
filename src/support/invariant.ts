/**
 * Claims that the compiler makes about itself.
 *
 * A model that is wrong is reported as a diagnostic. Where instead the compiler
 * finds itself in a state that it believed impossible, the fault is ours: it
 * throws an InternalError, which nothing inside catches, and which the command
 * line turns into exit status 70 and a request to report it.
 */

/** A broken promise of the compiler itself, never of the model. */
export class InternalError extends Error {
  override readonly name = "InternalError";
}

/** Throws an InternalError unless the condition holds; afterwards the type checker knows that it does. */
export function invariant(condition: unknown, message: string | (() => string)): asserts condition {
  if (!condition) throw new InternalError(typeof message === "string" ? message : message());
}

/**
 * The branch of an exhaustive `switch` that cannot be reached. Passing the
 * switched value makes a forgotten case a type error; a value that lies about
 * its type is an InternalError.
 */
export function unreachable(value: never, what = "value"): never {
  throw new InternalError(`unexpected ${what}: ${describe(value)}`);
}

/** Reads an element that is known to be there: `at(array, i)` in place of `array[i]!`. */
export function at<T>(items: ArrayLike<T>, index: number): T {
  invariant(
    Number.isInteger(index) && index >= 0 && index < items.length,
    () => `index ${index} is outside 0..${items.length - 1}`,
  );
  return items[index] as T;
}

/** Returns a value that is known to be there; `what` names it in the error. */
export function defined<T>(value: T | undefined | null, what: string): T {
  invariant(value !== undefined && value !== null, () => `${what} is missing`);
  return value;
}

function describe(value: unknown): string {
  try {
    return JSON.stringify(value) ?? String(value);
  } catch {
    return String(value);
  }
}
