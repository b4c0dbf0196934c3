/** Figures of docs/benchmarks.md, as rows of a Markdown table. */

/** A figure, the goal it is held against, and what the same run gave for a peer. */
export type Figure = { what: string; measured: string; peer: string; goal: string };

export function printHeader(): void {
  process.stdout.write('| what | measured | peer in the same run | goal |\n| --- | --- | --- | --- |\n');
}

export function printFigures(figures: readonly Figure[]): void {
  for (const { what, measured, peer, goal } of figures) {
    process.stdout.write(`| ${what} | ${measured} | ${peer} | ${goal} |\n`);
  }
}
