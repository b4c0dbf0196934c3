/** What coverage is: for each source file, the statements that ran and those that did not. */

/** Line numbers count from 1, are sorted, and no line is in both. */
export type FileLines = { readonly executed: readonly number[]; readonly missing: readonly number[] };

/** By the file's path, relative to the repository's root with `/` between its parts. */
export type Coverage = ReadonlyMap<string, FileLines>;

/** By code point (which is the order of the UTF-8 bytes), so that every language sorts the files alike. */
export function byPath([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const [x, y] = [a.charCodeAt(i), b.charCodeAt(i)];
    if (x === y) continue;
    // A surrogate stands for a code point above every other UTF-16 unit.
    const [highX, highY] = [(x & 0xf800) === 0xd800, (y & 0xf800) === 0xd800];
    return highX === highY ? x - y : highX ? 1 : -1;
  }
  return a.length - b.length;
}

/** Each statement in the order of the source, with 1 for one that ran and 0 for one that did not. */
export function lineHits({ executed, missing }: FileLines): (readonly [line: number, hits: 0 | 1])[] {
  const hits = [...executed.map((line) => [line, 1] as const), ...missing.map((line) => [line, 0] as const)];
  return hits.sort(([a], [b]) => a - b);
}

/** How many statements `coverage` has, and how many of them ran. */
export function countLines(coverage: Coverage): { executable: number; covered: number } {
  let executable = 0;
  let covered = 0;
  for (const { executed, missing } of coverage.values()) {
    executable += executed.length + missing.length;
    covered += executed.length;
  }
  return { executable, covered };
}
