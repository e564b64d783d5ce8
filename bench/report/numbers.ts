/** Numbers for statistics and for people. */
export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** Between two values, a part of each. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const place = share * (sorted.length - 1);
  const [low = Number.NaN, high = Number.NaN] = [sorted[Math.floor(place)], sorted[Math.ceil(place)]];
  return low + (high - low) * (place - Math.floor(place));
}

/** With so many digits that count, and no more than a whole number has. */
export function digits(value: number, count = 2): string {
  if (!Number.isFinite(value)) return "-";
  if (value === 0) return "0";
  const decimals = Math.max(0, count - 1 - Math.floor(Math.log10(Math.abs(value))));
  return value.toFixed(Math.min(decimals, 8));
}

/** Microseconds with the unit that suits them. */
export function duration(microseconds: number): string {
  return microseconds < 1000 ? `${digits(microseconds, 3)} µs` : `${digits(microseconds / 1000, 3)} ms`;
}

export function times(ratio: number | undefined): string {
  return ratio === undefined || Number.isNaN(ratio) ? "" : `${ratio < 10 ? ratio.toFixed(2) : digits(ratio)}x`;
}

export function percent(share: number | undefined): string {
  return share === undefined || Number.isNaN(share) ? "" : `${(100 * share).toFixed(0)}%`;
}
