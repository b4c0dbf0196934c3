/** What two collectors saw differently of one execution. */

import type { Coverage, FileLines } from '../../coverage/file-lines.ts';

/**
 * | PYCA       | coverage.py | is                        |
 * | ---------- | ----------- | ------------------------- |
 * | +          | -           | `run here only`           |
 * | -          | +           | `run there only`          |
 * | + or -     | no code     | `a statement here only`   |
 * | no code    | + or -      | `a statement there only`  |
 */
export type Kind = 'run here only' | 'run there only' | 'a statement here only' | 'a statement there only';
export type Difference = { file: string; line: number; kind: Kind };
export type Comparison = { files: number; statements: number; executed: number; differences: Difference[] };

/** A file without a statement has code all the same, which coverage.py leaves out by looking at the source. */
export function compareCoverage(pyca: Coverage, coveragePy: Coverage): Comparison {
  const differences: Difference[] = [];
  const compared = { files: 0, statements: 0, executed: 0 };
  for (const file of [...new Set([...pyca.keys(), ...coveragePy.keys()])].sort()) {
    const [here, there] = [states(pyca.get(file)), states(coveragePy.get(file))];
    const lines = [...new Set([...here.keys(), ...there.keys()])].sort((a, b) => a - b);
    if (lines.length > 0) compared.files++;
    compared.statements += there.size;
    for (const line of lines) {
      const kind = difference(here.get(line), there.get(line));
      if (kind) differences.push({ file, line, kind });
      if (there.get(line)) compared.executed++;
    }
  }
  return { ...compared, differences };
}

/** Whether each statement ran. */
function states(lines: FileLines = { executed: [], missing: [] }): Map<number, boolean> {
  return new Map([
    ...lines.executed.map((line) => [line, true] as const),
    ...lines.missing.map((line) => [line, false] as const),
  ]);
}

function difference(here: boolean | undefined, there: boolean | undefined): Kind | undefined {
  if (here === there) return undefined;
  if (there === undefined) return 'a statement here only';
  if (here === undefined) return 'a statement there only';
  return here ? 'run here only' : 'run there only';
}
