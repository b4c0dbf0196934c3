/**
 * The JSON of `coverage json`. Format 2 is all of it but the regions (functions, classes) that format 3 adds and line coverage
 * knows nothing of; which lines a pragma excludes it does not know either.
 */

import { byPath, type Coverage, countLines } from './file-lines.ts';
import { formatPercent } from './summary.ts';

export type CoveragePyJsonOptions = {
  /** PYCA's. */
  version: string;
  /** When it was measured. */
  time: Date;
};

export function printCoveragePyJson(coverage: Coverage, { version, time }: CoveragePyJsonOptions): string {
  const files = [...coverage].sort(byPath).map(([path, { executed, missing }]) => [
    path,
    {
      executed_lines: executed,
      summary: summary(executed.length, executed.length + missing.length),
      missing_lines: missing,
      excluded_lines: [],
    },
  ]);
  const { executable, covered } = countLines(coverage);
  return `${JSON.stringify({
    meta: {
      format: 2,
      version,
      timestamp: time.toISOString().replace('Z', '+00:00'),
      branch_coverage: false,
      show_contexts: false,
    },
    files: Object.fromEntries(files),
    totals: summary(covered, executable),
  })}\n`;
}

function summary(covered: number, statements: number) {
  const percent = statements === 0 ? 100 : (100 * covered) / statements;
  const shown = formatPercent(percent, 0);
  return {
    covered_lines: covered,
    num_statements: statements,
    percent_covered: percent,
    percent_covered_display: shown,
    missing_lines: statements - covered,
    excluded_lines: 0,
    percent_statements_covered: percent,
    percent_statements_covered_display: shown,
  };
}
