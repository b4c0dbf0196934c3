/** `pyca report`: what ran, as a table, as pages with the source, or in a format that other tools read. */

import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { styleText } from 'node:util';
import { printCobertura } from '../../coverage/cobertura.ts';
import { printCoveragePyJson } from '../../coverage/coverage-py-json.ts';
import { printLcov } from '../../coverage/lcov.ts';
import { type FileSummary, formatPercent, type Summary, summarize } from '../../coverage/summary.ts';
import { PycaError } from '../../diagnostics/errors.ts';
import { version } from '../../diagnostics/version.ts';
import { readInput } from '../report/find-input.ts';
import { pathFilter } from '../report/glob.ts';
import { writeHtmlReport } from '../report/html-report.ts';
import type { ReportInput } from '../report/report-input.ts';
import { count, printTable } from '../report/table.ts';
import { type CommandSpec, type Option, parseOptions } from './options.ts';

const SPEC = {
  usage: 'pyca report [PATH] [options]',
  about:
    'Shows which lines ran. PATH is a folder of line maps or a file of reports (NDJSON; - is stdin); without it, what ' +
    '"pyca run" left in this project, else what was collected of it after "pyca install".',
  options: {
    format: { type: 'string', choices: ['text', 'html', 'lcov', 'cobertura', 'json'], default: 'text', help: 'how' },
    output: { type: 'string', short: 'o', value: 'PATH', help: 'write to this file (html: folder, default pyca-html)' },
    'show-missing': { type: 'boolean', short: 'm', help: 'name the lines that did not run' },
    include: { type: 'string', multiple: true, value: 'GLOB', help: 'only files like this: shop/**' },
    exclude: { type: 'string', multiple: true, value: 'GLOB', help: 'no files like this' },
    sort: {
      type: 'string',
      choices: ['name', 'missing', 'percent'],
      default: 'name',
      help: 'by path, by most missing lines or by least coverage',
    },
    commit: { type: 'string', value: 'HASH', help: "of a file of reports, this commit's (default the newest)" },
    repo: {
      type: 'string',
      value: 'TEXT',
      help: 'of a file of reports, those of a repository whose URL contains this',
    },
    'fail-under': { type: 'number', value: 'PERCENT', help: 'exit with 2 where less ran' },
    json: { type: 'boolean', help: 'print totals, files and what was written, for scripts' },
  },
  positionals: 1,
  notes:
    'json is the format of "coverage json". Exit code: 0; 1 nothing to show; 2 below --fail-under, or a wrong option.\n' +
    'docs/report.md tells how to read it and what to give to SonarQube, GitLab and Codecov.',
} as const satisfies CommandSpec<Record<string, Option>>;

type Options = NonNullable<ReturnType<typeof parseOptions<typeof SPEC.options>>>['values'];

export async function report(args: string[]): Promise<number> {
  const parsed = parseOptions(SPEC, args);
  if (!parsed) return 0;
  const { values } = parsed;
  const all = await readInput({ path: parsed.positionals[0], commit: values.commit, repo: values.repo }, (text) =>
    process.stderr.write(`pyca: ${text}\n`),
  );
  const input = filter(all, values);
  const { files, total } = summarize(input.coverage);
  const summary = { files: files.toSorted(ORDERS[values.sort]), total };
  const output = write(input, summary, values);
  if (values.json) process.stdout.write(`${JSON.stringify(describe(input, summary, output))}\n`);
  const least = values['fail-under'];
  if (least === undefined || total.percent >= least) return 0;
  process.stderr.write(`pyca: ${formatPercent(total.percent, 2)} % ran, less than the ${least} % of --fail-under\n`);
  return 2;
}

function filter(input: ReportInput, { include, exclude }: Options): ReportInput {
  const wanted = pathFilter(include, exclude);
  const coverage = new Map([...input.coverage].filter(([path]) => wanted(path)));
  if (coverage.size > 0) return { ...input, coverage };
  throw new PycaError('COVERAGE_NONE', `--include and --exclude leave none of ${count(input.coverage.size, 'file')}`);
}

const byName = (a: FileSummary, b: FileSummary) => (a.file < b.file ? -1 : a.file > b.file ? 1 : 0);
const ORDERS = {
  name: byName,
  missing: (a: FileSummary, b: FileSummary) => b.missing - a.missing || byName(a, b),
  percent: (a: FileSummary, b: FileSummary) => a.percent - b.percent || byName(a, b),
};

/** Gives the path of what was written; undefined where it was printed. */
function write(input: ReportInput, summary: Summary, options: Options): string | undefined {
  if (options.format === 'html') {
    const index = resolve(writeHtmlReport(options.output ?? 'pyca-html', summary, input));
    if (!options.json) process.stdout.write(`${sentence(summary)}\n${index}\n`);
    return index;
  }
  const toTerminal = options.output === undefined || options.output === '-';
  if (toTerminal) {
    if (options.format !== 'text' || !options.json)
      process.stdout.write(print(input, summary, options, process.stdout));
    return undefined;
  }
  const file = resolve(options.output as string);
  try {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, print(input, summary, options));
  } catch (error) {
    throw new PycaError('REPORT_UNWRITABLE', (error as Error).message);
  }
  if (!options.json) process.stdout.write(`${sentence(summary)}\n${file}\n`);
  return file;
}

function print(input: ReportInput, summary: Summary, options: Options, terminal?: NodeJS.WriteStream): string {
  const { coverage, time, root, source } = input;
  switch (options.format) {
    case 'lcov':
      return printLcov(coverage);
    case 'cobertura':
      return printCobertura(coverage, { version: `pyca ${version}`, time, sources: root ? [root] : [] });
    case 'json':
      return printCoveragePyJson(coverage, { version: `pyca ${version}`, time, source });
    default:
      return printText(input, summary, options['show-missing'], terminal);
  }
}

/** Drawn for people before a terminal; for a pipe or a file one line a file, nothing shortened. */
function printText(input: ReportInput, summary: Summary, showMissing: boolean, terminal?: NodeJS.WriteStream): string {
  const paint: Parameters<typeof printTable>[1] = {
    showMissing,
    width: terminal?.isTTY ? Math.max(terminal.columns || 80, 40) : undefined,
    ...(terminal && { paint: (format, text) => styleText(format, text, { stream: terminal }) }),
  };
  const about = [input.origin, ...input.notes].join('\n');
  return `${paint.paint?.('dim', about) ?? about}\n\n${printTable(summary, paint)}`;
}

function sentence({ files, total }: Summary): string {
  const ran = total.statements - total.missing;
  return `${formatPercent(total.percent)} %: ${ran} of ${count(total.statements, 'statement')} in ${count(files.length, 'file')} ran`;
}

function describe(input: ReportInput, { files, total }: Summary, output: string | undefined) {
  const { origin, repo, branch, commit, time } = input;
  const rows = files.map(({ missingRanges, ...file }) => ({ ...file, missing_ranges: missingRanges }));
  return { origin, repo, branch, commit, time: time.toISOString(), output, total, files: rows };
}
