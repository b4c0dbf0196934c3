/** LCOV tracefiles, as `man geninfo` has them. PYCA knows lines alone: no functions, no branches. */

import { byPath, type Coverage, type FileLines, lineHits } from './file-lines.ts';

/** Paths stay as they are: relative to the repository's root, where they are below it. */
export function printLcov(coverage: Coverage): string {
  return [...coverage].sort(byPath).map(printFile).join('');
}

function printFile([path, lines]: [string, FileLines]): string {
  const hits = lineHits(lines);
  return [
    'TN:',
    `SF:${oneLine(path)}`,
    ...hits.map(([line, count]) => `DA:${line},${count}`),
    `LF:${hits.length}`,
    `LH:${lines.executed.length}`,
    'end_of_record\n',
  ].join('\n');
}

/** The format has no escapes. */
function oneLine(path: string): string {
  return path.replace(/[\p{Cc}\u2028\u2029]/gu, '?');
}
