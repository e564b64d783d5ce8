/** How far a contender may be from what the model means: all compute in float32, but those of ours that multiply integers. */
const ofIntegers: Readonly<Record<string, number>> = { int16: 1e-3, int8: 3e-2 };

export function toleranceOf(contender: string): number {
  return ofIntegers[contender] ?? 1e-4;
}
