/**
 * The parity suite: `node test/parity/parity.ts [--python VERSION]… [PROJECT]…`, by default every project on five Pythons.
 * A whole run writes docs/parity.md. What is unexplained is printed and makes it fail.
 */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { supported } from '../preload/python/pythons.ts';
import { EXCEPTIONS, judge } from './exceptions.ts';
import { runParity } from './parity-run.ts';
import { PROJECTS, requirementOf } from './projects.ts';
import { type Row, report, tally } from './report.ts';

const PYTHONS = ['3.8', '3.11', '3.12', '3.13', '3.14'];
const PAGE = join(import.meta.dirname, '../../docs/parity.md');

const { values, positionals } = parseArgs({
  options: { python: { type: 'string', multiple: true } },
  allowPositionals: true,
});
const versions = values.python ?? PYTHONS;
const pythons = supported.filter(({ version }) => versions.includes(version));
const projects = PROJECTS.filter(({ name }) => positionals.length === 0 || positionals.includes(name));
const lacking = versions.filter((version) => !pythons.some((python) => python.version === version));
if (lacking.length > 0) process.stdout.write(`not on this machine, or not supported: Python ${lacking.join(', ')}\n`);

/** What a suite that can't even be run says, rather than an end to all the others. */
function attempt<T>(work: () => T): T | Error {
  try {
    return work();
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

const rows: Row[] = [];
let failures = lacking.length;
for (const project of projects) {
  for (const python of pythons) {
    const run = attempt(() => runParity(project, python));
    if (run instanceof Error) {
      process.stdout.write(`${project.name}, Python ${python.version}: ${run.message}\n`);
      failures++;
      continue;
    }
    rows.push({ project, requirement: requirementOf(project, python), python: python.version, run });
    const { unexplained, outdated } = judge(project.name, python.version, run.differences);
    process.stdout.write(
      `${project.name}, Python ${python.version}: ${run.statements} statements, ${run.differences.length} differences; ` +
        `${tally(Object.values(run.outcomes))}; ${run.seconds.plain.toFixed(1)} s, under PYCA ${run.seconds.pyca.toFixed(1)} s\n`,
    );
    const complaints = [
      ...unexplained.map(({ file, line, kind }) => `${file}:${line} ${kind}`),
      ...outdated.map(({ file, line, kind }) => `${file}:${line} no longer: ${kind}`),
      ...run.changed,
    ];
    for (const complaint of complaints) process.stdout.write(`    ${complaint}\n`);
    failures += complaints.length;
  }
}
if (rows.length === PROJECTS.length * PYTHONS.length && versions === PYTHONS) {
  writeFileSync(PAGE, report(rows, EXCEPTIONS));
  process.stdout.write('written: docs/parity.md\n');
}
process.stdout.write(
  `${rows.length} suites, ${failures === 0 ? 'all as coverage.py has it' : `${failures} complaints`}\n`,
);
process.exitCode = failures === 0 ? 0 : 1;
