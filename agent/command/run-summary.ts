/** What `pyca run` says when its command has ended: to people on stderr, to scripts as JSON. */

import { basename } from 'node:path';
import { formatPercent, summarize } from '../../coverage/summary.ts';
import { count, type Paint, printTable } from '../report/table.ts';
import type { RunOutcome } from './run-agent.ts';
import type { Ending } from './run-process.ts';

export type Run = {
  command: readonly string[];
  ending: Ending;
  /** Undefined where the agent could not do its work; the notes say why. */
  outcome: RunOutcome | undefined;
  data: string | undefined;
  notes: string[];
};

export type SummaryOptions = { showMissing: boolean; width: number | undefined; paint: Paint };

export function printSummary({ command, outcome, notes }: Run, { showMissing, width, paint }: SummaryOptions): string {
  const lines = notes.map((note) => `pyca: ${note}`);
  if (!outcome) return `${lines.join('\n')}\n`;
  lines.push(...outcome.warnings.map((warning) => `pyca: left out: ${warning}`));
  if (outcome.lines.executable === 0) return `${[...lines, ...nothing(command)].join('\n')}\n`;
  const { executable, covered } = outcome.lines;
  const percent = paint('bold', `${formatPercent(percentOf(outcome))} %`);
  const statements = count(executable, 'statement');
  lines.push(`pyca: ${percent}: ${covered} of ${statements} in ${count(outcome.files, 'file')} ran`);
  lines.push(...(outcome.reported ? [`pyca: reported to ${outcome.sink}`] : unreported(outcome, paint)));
  const table = showMissing ? `\n${printTable(summarize(outcome.coverage), { width, showMissing, paint })}` : '';
  return `${lines.join('\n')}\n${table}`;
}

/** Where nothing could have run, nothing is missing; but nothing has been covered either. */
export function percentOf({ lines }: Pick<RunOutcome, 'lines'>): number {
  return lines.executable === 0 ? 0 : (100 * lines.covered) / lines.executable;
}

function unreported({ sink, error }: RunOutcome, paint: Paint): string[] {
  const reason = error ? `${error.code}: ${error.message}` : 'it took longer than 5 seconds';
  return [
    `pyca: ${paint('yellow', 'not reported')} to ${sink}: ${reason}`,
    ...(error?.remedy ? [`      ${error.remedy}`] : []),
  ];
}

const ELSEWHERE: Record<string, string> = {
  docker: 'containers',
  podman: 'containers',
  nerdctl: 'containers',
  'docker-compose': 'containers',
  kubectl: 'pods',
  ssh: 'another machine',
};
const FORGETFUL = ['sudo', 'su', 'doas'];

function nothing(command: readonly string[]): string[] {
  const name = basename(command[0] ?? '');
  const place = ELSEWHERE[name];
  if (place)
    return [`pyca: no Python ran here: ${name} runs it in ${place}. Put "pyca run --" in front of it in there`];
  if (FORGETFUL.includes(name)) {
    return [`pyca: no Python was seen: ${name} drops the environment. Turn it round: ${name} pyca run -- …`];
  }
  return [
    'pyca: no line of your own Python was seen to run',
    '      installed packages and the standard library do not count; -I and -E keep us out; "pyca test" tries it all',
  ];
}

/** One object, of what a script may want to know. */
export function describeRun({ command, ending, outcome, data, notes }: Run): Record<string, unknown> {
  return {
    command,
    exitCode: ending.code,
    signal: ending.signal,
    files: outcome?.files ?? 0,
    lines: outcome?.lines ?? { executable: 0, covered: 0 },
    percent: outcome ? Number(formatPercent(percentOf(outcome), 2)) : 0,
    fingerprint: outcome?.fingerprint ?? null,
    data: data ?? null,
    sink: outcome?.sink ?? null,
    reported: outcome?.reported ?? null,
    error: outcome?.error ?? null,
    repo: outcome?.repo ?? '',
    branch: outcome?.branch ?? '',
    commit: outcome?.commit ?? '',
    notes: [...notes, ...(outcome?.warnings ?? [])],
  };
}
