/** docs/parity.md: what the last whole run found. */

import type { Exception } from './exceptions.ts';
import type { ParityRun } from './parity-run.ts';
import type { Project } from './projects.ts';

export type Row = { project: Project; requirement: string; python: string; run: ParityRun };

export function report(rows: readonly Row[], exceptions: readonly Exception[]): string {
  const total = (of: (run: ParityRun) => number) => rows.reduce((sum, { run }) => sum + of(run), 0);
  const projects = new Set(rows.map(({ project }) => project.name)).size;
  return `# Parity with coverage.py

\`make parity\` runs the test suites of ${projects} published projects under PYCA and under coverage.py, and writes this page.
Compared are the executable and the executed lines of every file of a project, its tests included, as the agent would report them.
${count(total(({ statements }) => statements))} statements were compared, ${count(total(({ executed }) => executed))} of which ran; ${count(total(({ differences }) => differences.length))} differ. In ${count(total(({ outcomes }) => Object.keys(outcomes).length))} tests PYCA changed ${count(total(({ changed }) => changed.length))} outcomes.

- From CPython 3.12 on, both collectors watch one and the same execution. Below, PYCA puts probes into the code that runs, so coverage.py
  watches a run of its own, in the same order and with the same hashes. Some lines run by chance (the order of a set may follow from
  addresses, a finalizer from the garbage collector): where the two differ, both run again, what ran in any run counts, and of what is left
  one execution that both watch decides. How many lines that concerned is told in brackets.
- coverage.py runs with its default core: its C tracer, from 3.14 on \`sys.monitoring\`.
- A suite's outcome is what it gives without any collector; some of these projects' tests fail on a newer Python or as root, and fail
  just so under PYCA. The same test has to end in the same way in both.
- Not compared: what a suite wrote and removed again (coverage.py can't report a file that is gone), and what lies outside of the project.
- Time is that of the whole suite without a collector → under PYCA, from one run on a machine that did other work as well: it is
  no measurement ([benchmarks](benchmarks.md) are).

| project | Python | files | statements | run | differences | suite | outcomes changed | time |
| --- | --- | --- | --- | --- | --- | --- | --- | --- |
${rows.map(row).join('\n')}

## Explained differences

A difference that is not in this table fails \`make parity\`; so does one in this table that no longer occurs (\`test/parity/exceptions.ts\`).

${exceptions.length === 0 ? 'None.' : table(exceptions)}
`;
}

function row({ project, requirement, python, run }: Row): string {
  const cells = [
    `${requirement.replace('==', ' ')}: ${project.kind}`,
    python,
    `${run.files}`,
    count(run.statements),
    count(run.executed),
    run.chance > 0 ? `${count(run.differences.length)} (${run.chance})` : count(run.differences.length),
    tally(Object.values(run.outcomes)),
    `${run.changed.length}`,
    `${run.seconds.plain.toFixed(0)} → ${run.seconds.pyca.toFixed(0)} s`,
  ];
  return `| ${cells.join(' | ')} |`;
}

function table(exceptions: readonly Exception[]): string {
  const rows = exceptions.map(
    ({ project, pythons, file, lines, kind, why }) =>
      `| ${project} | ${pythons.join(', ')} | \`${file}:${lines.join(',')}\` | ${kind.replace('here', 'under PYCA').replace('there', 'under coverage.py')} | ${why} |`,
  );
  return ['| project | Python | lines | difference | cause |', '| --- | --- | --- | --- | --- |', ...rows].join('\n');
}

/** 3 failed, 474 passed. */
export function tally(outcomes: readonly string[]): string {
  const counts = Map.groupBy(outcomes, (outcome) => outcome);
  const order = ['error', 'failed', 'passed', 'skipped', 'xfailed', 'xpassed'];
  return order
    .flatMap((name) => (counts.has(name) ? `${count(counts.get(name)?.length ?? 0)} ${name}` : []))
    .join(', ');
}

const count = (value: number) => value.toLocaleString('en-US');
