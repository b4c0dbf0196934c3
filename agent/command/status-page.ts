/** `pyca status` for people. */

import { count, type Paint } from '../report/table.ts';
import { printable } from '../report/text-width.ts';
import type { Problem, StatusFacts } from './status-facts.ts';

export type StatusPageOptions = { all?: boolean; paint?: Paint };

const HEAD = 13;

export function printStatus(
  unsafe: StatusFacts,
  { all = false, paint = (_, text) => text }: StatusPageOptions = {},
): string {
  // A project's `.env`, a server or a certificate may say anything.
  const facts: StatusFacts = JSON.parse(JSON.stringify(unsafe), (_, value) =>
    typeof value === 'string' ? printable(value) : value,
  );
  const dim = (text: string) => paint('dim', text);
  const row = (name: string, ...lines: string[]) =>
    lines.map((line, i) => `${paint('bold', (i === 0 ? name : '').padEnd(HEAD))}${line}`);
  const settings = facts.settings.filter(({ origin }) => all || origin !== 'default');
  const width = Math.max(0, ...settings.map(({ name }) => name.length));
  return `${[
    ...row('PYCA', facts.version),
    ...row('Installed', ...installed(facts, dim)),
    ...row('Enabled', facts.enabled ? 'yes' : paint('yellow', 'no')),
    ...row('Running', ...running(facts)),
    ...row('Project', ...project(facts)),
    ...row('Sink', `${facts.sink.address} ${reachable(facts, paint)}`),
    ...row('Last report', ...lastReport(facts)),
    ...row(
      'Settings',
      ...settings.map(({ name, value, place }) =>
        `${name.padEnd(width)}  ${value} ${dim(place === name ? '' : place)}`.trimEnd(),
      ),
      ...(all
        ? []
        : [dim(`${settings.length > 0 ? 'the others are' : 'all are'} at their default (--all shows them)`)]),
    ),
    ...facts.problems.flatMap((problem) => ['', ...explain(problem, paint('red', problem.code))]),
    ...facts.notes.flatMap((note) => ['', ...explain(note, paint('yellow', note.code))]),
  ]
    .map((line) => line.trimEnd())
    .join('\n')}\n`;
}

function installed({ pythons }: StatusFacts, dim: (text: string) => string): string[] {
  const hooked = pythons.filter(({ folder }) => folder !== null);
  if (hooked.length === 0)
    return [`in no Python ${dim('(pyca install puts the hooks into one; pyca run needs none)')}`];
  return hooked.map(({ python, version, folder }) => `${python} ${version} ${dim(folder ?? '')}`);
}

function running({ agents }: StatusFacts): string[] {
  if (agents.length === 0) return ['no agent; applications start one'];
  return agents.map(({ kind, pid, started, projects }) =>
    kind === 'run'
      ? `pyca run, pid ${pid}`
      : `the user's agent, pid ${pid}, since ${started}, ${count(projects ?? 0, 'project')}`,
  );
}

function project({ project: { root, repo, repo_id, branch, commit, ci } }: StatusFacts): string[] {
  const checkedOut = [branch && `branch ${branch}`, commit && `commit ${commit}`].filter(Boolean).join(', ');
  const run = ci.provider && [ci.provider, ci.pipeline_id, ci.job_id].filter(Boolean).join(' ');
  return [root, repo && `${repo}${repo_id && ` (${repo_id})`}`, checkedOut, run].filter(Boolean);
}

function reachable({ sink }: StatusFacts, paint: Paint): string {
  if (sink.reachable === null) return '';
  return sink.reachable ? paint('green', 'reachable') : paint('red', 'not reachable');
}

function lastReport({ lastReport: { time, fingerprint, lines } }: StatusFacts): string[] {
  const covered = lines && `${lines.covered} of ${lines.executable} lines`;
  const told = [[time, covered].filter(Boolean).join(', '), fingerprint ? `fingerprint ${fingerprint}` : ''];
  return told.some(Boolean) ? told.filter(Boolean) : ['none yet'];
}

function explain({ message, remedy }: Problem, code: string): string[] {
  return [`${code}: ${message}`, ...(remedy ? [`  ${remedy}`] : [])];
}
