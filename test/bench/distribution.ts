/** Of several runs: the value below which a share of them lies. */

export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}

/** Median, with the smallest and the largest. */
export function spread(values: readonly number[], unit: string): string {
  const [low, middle, high] = [0, 0.5, 1].map((share) => quantile(values, share).toFixed(1));
  return `${middle} ${unit} (${low}–${high})`;
}
