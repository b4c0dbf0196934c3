/** What people want to know first: how much of each file ran, and which lines did not. */

import { byPath, type Coverage } from './file-lines.ts';
import { type LineRange, toRanges } from './ranges.ts';

export type Share = { statements: number; missing: number; percent: number };
export type FileSummary = Share & { file: string; missingRanges: LineRange[] };
export type Summary = { files: FileSummary[]; total: Share };

/** Files sorted by path. */
export function summarize(coverage: Coverage): Summary {
  const files = [...coverage].sort(byPath).map(([file, { executed, missing }]) => ({
    file,
    ...share(executed.length + missing.length, missing.length),
    missingRanges: toRanges(missing),
  }));
  return { files, total: totalOf(files) };
}

export function totalOf(files: readonly Share[]): Share {
  const [statements, missing] = files.reduce(([s, m], file) => [s + file.statements, m + file.missing], [0, 0]);
  return share(statements, missing);
}

/** Where there is nothing to run, nothing is missing: 100. */
function share(statements: number, missing: number): Share {
  return { statements, missing, percent: statements === 0 ? 100 : (100 * (statements - missing)) / statements };
}

/** `87.5`; never rounded up to 100 nor down to 0. */
export function formatPercent(percent: number, digits = 1): string {
  const step = 10 ** -digits;
  const shown = percent <= 0 || percent >= 100 ? percent : Math.min(Math.max(percent, step), 100 - step);
  return shown.toFixed(digits);
}

/** `3, 7-9` */
export function formatRange([start, end]: LineRange): string {
  return start === end ? `${start}` : `${start}-${end}`;
}
