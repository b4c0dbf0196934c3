/** Runs of neighbouring lines. */

/** Both ends belong to it; a single line is a range too. */
export type LineRange = readonly [start: number, end: number];

/** `[1, 2, 3, 5]` is `[[1, 3], [5, 5]]`. */
export function toRanges(sorted: readonly number[]): LineRange[] {
  const ranges: [number, number][] = [];
  for (const line of sorted) {
    const last = ranges.at(-1);
    if (last && last[1] === line - 1) last[1] = line;
    else ranges.push([line, line]);
  }
  return ranges;
}

/** The lines of `ranges`, sorted, each once. */
export function fromRanges(ranges: Iterable<LineRange>): number[] {
  const lines: number[] = [];
  let last = 0;
  for (const [start, end] of [...ranges].sort(([a], [b]) => a - b)) {
    for (let line = Math.max(start, last + 1); line <= end; line++) lines.push(line);
    last = Math.max(last, end);
  }
  return lines;
}
