/**
 * The text in which a report carries coverage, after Go's cover profile:
 *
 *     mode: count
 *     file.py:10.0,15.0 6 1
 *     file.py:20.0,20.0 1 0
 *
 * A line is a range: `PATH:START.0,END.0 STATEMENTS COUNT`, STATEMENTS = END - START + 1, COUNT 1 run and 0 not run.
 */

import { PycaError } from '../diagnostics/errors.ts';
import { byPath, type Coverage, type FileLines } from './file-lines.ts';
import { fromRanges, type LineRange, toRanges } from './ranges.ts';

const MODE = 'mode: count';

/** Files sorted by path, in each the ranges that ran before those that did not. Each line ends in a newline. */
export function printRaw(coverage: Coverage): string {
  let text = `${MODE}\n`;
  for (const [path, { executed, missing }] of [...coverage].sort(byPath)) {
    for (const range of toRanges(executed)) text += printRange(path, range, 1);
    for (const range of toRanges(missing)) text += printRange(path, range, 0);
  }
  return text;
}

function printRange(path: string, [start, end]: LineRange, count: number): string {
  return `${path}:${start}.0,${end}.0 ${end - start + 1} ${count}\n`;
}

const RANGE = /^(.+):(\d+)\.(\d+),(\d+)\.(\d+) (\d+) (\d+)$/s;
const LONGEST_FILE = 10_000_000;
/** A few bytes can promise millions of lines, but memory ends: far more than any application has. */
const MOST_LINES = 2_000_000;

/** Reads what `printRaw` writes; a count above 1 is a line that ran. Throws RAW_INVALID with the number of the bad line. */
export function parseRaw(text: string): Coverage {
  const files = new Map<string, { run: LineRange[]; unrun: LineRange[] }>();
  const [mode, ...lines] = text.split('\n');
  if (mode !== MODE) throw new PycaError('RAW_INVALID', `line 1: expected "${MODE}"`);
  let total = 0;
  lines.forEach((line, index) => {
    if (!line && index === lines.length - 1) return;
    const [, path = '', start, , end, , , count] = RANGE.exec(line) ?? [];
    const range: LineRange = [Number(start), Number(end)];
    if (!path || !(range[0] >= 1 && range[0] <= range[1] && range[1] <= LONGEST_FILE)) {
      throw new PycaError('RAW_INVALID', `line ${index + 2}: expected "PATH:START.0,END.0 STATEMENTS COUNT"`);
    }
    total += range[1] - range[0] + 1;
    if (total > MOST_LINES)
      throw new PycaError('RAW_INVALID', `line ${index + 2}: more than ${MOST_LINES} lines in all`);
    const file = files.get(path) ?? { run: [], unrun: [] };
    files.set(path, file);
    file[Number(count) > 0 ? 'run' : 'unrun'].push(range);
  });
  return new Map(
    [...files].map(([path, { run, unrun }]): [string, FileLines] => {
      const executed = fromRanges(run);
      const ran = new Set(executed);
      return [path, { executed, missing: fromRanges(unrun).filter((line) => !ran.has(line)) }];
    }),
  );
}
