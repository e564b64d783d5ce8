/** Integers of a run have 32 bits, as memory and all targets do: a whole number beyond them is a real. */
export function isInt32(value: number): boolean {
  return Number.isInteger(value) && value >= -(2 ** 31) && value < 2 ** 31;
}
