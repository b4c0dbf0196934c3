/** How long to wait after the nth failure in a row: doubling from `base` to `cap`, the upper half of it by chance. */
export function backoffMs(failures: number, base = 500, cap = 30_000, random: () => number = Math.random): number {
  const ceiling = Math.min(cap, base * 2 ** Math.min(failures - 1, 20));
  return Math.round(ceiling / 2 + (random() * ceiling) / 2);
}
