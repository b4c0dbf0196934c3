/**
 * The JSON of `coverage json`, format 3. Which lines a pragma excludes is not known here: there are none. Without sources the
 * regions (functions, classes) that format 3 adds are not known either: that is format 2.
 */

import { byPath, type Coverage, countLines, type FileLines } from './file-lines.ts';
import { pythonRegions, type Region } from './python-regions.ts';
import { formatPercent } from './summary.ts';

export type CoveragePyJsonOptions = {
  /** PYCA's. */
  version: string;
  /** When it was measured. */
  time: Date;
  /** A file's source; undefined where it is not to be had. */
  source?: (path: string) => string | undefined;
};

export function printCoveragePyJson(coverage: Coverage, { version, time, source }: CoveragePyJsonOptions): string {
  const files = [...coverage]
    .sort(byPath)
    .map(([path, lines]) => [path, { ...describe(lines), ...(source && regionsOf(lines, source(path) ?? '')) }]);
  const { executable, covered } = countLines(coverage);
  return `${JSON.stringify({
    meta: {
      format: source ? 3 : 2,
      version,
      timestamp: time.toISOString().replace('Z', '+00:00'),
      branch_coverage: false,
      show_contexts: false,
    },
    files: Object.fromEntries(files),
    totals: summarize(covered, executable),
  })}\n`;
}

function describe({ executed, missing }: FileLines) {
  return {
    executed_lines: executed,
    summary: summarize(executed.length, executed.length + missing.length),
    missing_lines: missing,
    excluded_lines: [],
  };
}

function summarize(covered: number, statements: number) {
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

function regionsOf(lines: FileLines, source: string) {
  const text = source.replace(/\r\n?/g, '\n');
  const count = text.split('\n').length - (text.endsWith('\n') || text === '' ? 1 : 0);
  const regions = pythonRegions(text);
  return {
    functions: describeRegions(
      lines,
      regions.filter(({ kind }) => kind === 'function'),
      count,
    ),
    classes: describeRegions(
      lines,
      regions.filter(({ kind }) => kind === 'class'),
      count,
    ),
  };
}

/** What is in none of them has the empty name. Of several with one name the first that has statements keeps it. */
function describeRegions(lines: FileLines, regions: Region[], count: number) {
  const own = regions.map(() => ({ executed: [] as number[], missing: [] as number[] }));
  const outside = { executed: [] as number[], missing: [] as number[] };
  const owners = new Map(regions.flatMap((region, i) => [...region.lines].map((line) => [line, own[i]] as const)));
  for (const line of lines.executed) (owners.get(line) ?? outside).executed.push(line);
  for (const line of lines.missing) (owners.get(line) ?? outside).missing.push(line);

  const isFilled = (i: number) => (own[i]?.executed.length ?? 0) + (own[i]?.missing.length ?? 0) > 0;
  const filled = new Set(regions.filter((_, i) => isFilled(i)).map(({ name }) => name));
  const described = new Map<string, object>();
  regions.forEach(({ name, start }, i) => {
    const isTaken = described.has(name) || (filled.has(name) && !isFilled(i));
    described.set(isTaken ? `${name}@${start}` : name, { ...describe(own[i] ?? outside), start_line: start });
  });
  let first = 1;
  while (first <= count && owners.has(first)) first++;
  described.set('', { ...describe(outside), start_line: first <= count ? first : 1 });
  return Object.fromEntries(described);
}
