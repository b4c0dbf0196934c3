/** Union: a line that ran in either ran. Commutative, associative and idempotent, so no order and no repetition matters. */

import type { Coverage, FileLines } from './file-lines.ts';

export function unionCoverage(a: Coverage, b: Coverage): Coverage {
  const union = new Map(a);
  for (const [path, lines] of b) {
    const known = union.get(path);
    union.set(path, known ? unionLines(known, lines) : lines);
  }
  return union;
}

function unionLines(a: FileLines, b: FileLines): FileLines {
  const executed = new Set([...a.executed, ...b.executed]);
  const missing = new Set([...a.missing, ...b.missing].filter((line) => !executed.has(line)));
  return { executed: sorted(executed), missing: sorted(missing) };
}

function sorted(lines: Iterable<number>): number[] {
  return [...lines].sort((a, b) => a - b);
}
