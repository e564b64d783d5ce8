/** How near two results have to be: relative to what is expected, from 1 on. Nothing but itself is near an infinity, or a NaN. */
export function near(actual: number, expected: number, tolerance: number): boolean {
  if (Object.is(actual, expected) || actual === expected) return true;
  return Number.isFinite(expected) && Math.abs(actual - expected) <= tolerance * Math.max(1, Math.abs(expected));
}

/** Every expected array, element by element; what differs is told by name and place. */
export function differences(actual: Readonly<Record<string, ArrayLike<number>>>, expected: Readonly<Record<string, ArrayLike<number>>>, tolerance: number): string[] {
  const found: string[] = [];
  for (const [name, wanted] of Object.entries(expected)) {
    const given = actual[name];
    if (given === undefined || given.length !== wanted.length) {
      found.push(`${name} has ${given?.length ?? "no"} elements, not ${wanted.length}`);
      continue;
    }
    for (let i = 0; i < wanted.length && found.length < 5; i++) {
      if (!near(given[i] ?? NaN, wanted[i] ?? NaN, tolerance)) found.push(`${name}[${i}] is ${given[i]}, not ${wanted[i]}`);
    }
  }
  return found;
}
