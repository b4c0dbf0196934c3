/**
 * The parity suite: `node test/parity/parity.ts [--resume] [--python VERSION]… [PROJECT]…`, by default every project on five
 * Pythons. A whole run writes docs/parity.md. What is unexplained is printed and makes it fail.
 */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type Python, supported } from '../preload/python/pythons.ts';
import { EXCEPTIONS, judge } from './exceptions.ts';
import { type ParityRun, runParity } from './parity-run.ts';
import { PROJECTS, type Project, requirementOf } from './projects.ts';
import { type Row, report, tally } from './report.ts';
import { forgetResults, resultOf } from './results.ts';

const PYTHONS = ['3.8', '3.11', '3.12', '3.13', '3.14'];
const PAGE = join(import.meta.dirname, '../../docs/parity.md');

const { values, positionals } = parseArgs({
  options: { resume: { type: 'boolean', default: false }, python: { type: 'string', multiple: true } },
  allowPositionals: true,
});
const versions = values.python ?? PYTHONS;
const pythons = supported.filter(({ version }) => versions.includes(version));
const projects = PROJECTS.filter(({ name }) => positionals.length === 0 || positionals.includes(name));
if (!values.resume) forgetResults();

const rows: Row[] = [];
let failures = 0;
for (const version of versions.filter((version) => !pythons.some((python) => python.version === version)))
  complain(`Python ${version} is not on this machine, or not supported`);
for (const project of projects) for (const python of pythons) compare(project, python);
if (rows.length === PROJECTS.length * PYTHONS.length && versions === PYTHONS) {
  writeFileSync(PAGE, report(rows, EXCEPTIONS));
  print('written: docs/parity.md');
}
print(`${rows.length} suites, ${failures === 0 ? 'all as coverage.py has them' : `${failures} complaints`}`);
process.exitCode = failures === 0 ? 0 : 1;

function compare(project: Project, python: Python): void {
  const requirement = requirementOf(project, python);
  try {
    const run = resultOf(`${requirement}-${python.version}`, () => runParity(project, python));
    rows.push({ project, requirement, python: python.version, run });
    tell(project, python, run);
  } catch (error) {
    // A suite that can't even be run is no end to all the others.
    complain(`${project.name}, Python ${python.version}: ${error instanceof Error ? error.message : error}`);
  }
}

function tell(project: Project, python: Python, run: ParityRun): void {
  const { unexplained, outdated } = judge(project.name, python.version, run.differences);
  print(
    `${project.name}, Python ${python.version}: ${run.statements} statements, ${run.differences.length} differences; ` +
      `${tally(Object.values(run.outcomes))}; ${run.seconds.plain.toFixed(1)} s, under PYCA ${run.seconds.pyca.toFixed(1)} s`,
  );
  for (const { file, line, kind } of unexplained) complain(`    ${file}:${line} ${kind}`);
  for (const { file, line, kind } of outdated) complain(`    ${file}:${line} no longer: ${kind}`);
  for (const change of run.changed) complain(`    ${change}`);
}

function complain(text: string): void {
  failures++;
  print(text);
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
