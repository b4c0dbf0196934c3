/** `pyca session`: what runs between a start and a stop, in processes that go on. */

import { styleText } from 'node:util';
import { printCobertura } from '../../coverage/cobertura.ts';
import { printCoveragePyJson } from '../../coverage/coverage-py-json.ts';
import type { Coverage } from '../../coverage/file-lines.ts';
import { printLcov } from '../../coverage/lcov.ts';
import { printRaw } from '../../coverage/raw-text.ts';
import { formatPercent, summarize } from '../../coverage/summary.ts';
import { PycaError } from '../../diagnostics/errors.ts';
import { version } from '../../diagnostics/version.ts';
import { count, printTable } from '../report/table.ts';
import { readToken } from '../session/session-token.ts';
import type { SessionSummary } from '../session/sessions.ts';
import { lookAtProjectConfig } from '../settings/project-config.ts';
import { type CommandSpec, type Option, parseOptions } from './options.ts';
import { projectData } from './run-folder.ts';
import { findAgent, type SessionClient } from './session-client.ts';

const SPEC = {
  usage: 'pyca session start NAME\npyca session stop [NAME]\npyca session list\npyca session show NAME',
  about:
    'Tells which lines ran between a start and a stop, in processes that never restart. It talks to the agent of ' +
    '"pyca run --sessions" in this project, or to the one at --url.',
  options: {
    url: { type: 'string', value: 'URL', help: "the agent's status port, as http://127.0.0.1:9177" },
    data: { type: 'string', value: 'DIR', help: 'the folder of line maps whose agent is meant' },
    format: {
      type: 'string',
      choices: ['text', 'raw', 'lcov', 'cobertura', 'json'],
      default: 'text',
      help: 'of show: how',
    },
    container: { type: 'string', value: 'NAME', help: 'of show: only what ran in this container of the pod' },
    'show-missing': { type: 'boolean', short: 'm', help: 'of show: name the lines that did not run' },
    json: { type: 'boolean', help: 'print summaries for scripts' },
  },
  positionals: 2,
  notes:
    'With --url, the token is PYCA_SESSION_TOKEN. A name has up to 50 letters, digits, . _ and -.\n' +
    'docs/sessions.md shows what to make of it: coverage per test, for one.',
} as const satisfies CommandSpec<Record<string, Option>>;

type Options = NonNullable<ReturnType<typeof parseOptions<typeof SPEC.options>>>['values'];

export async function session(args: string[]): Promise<number> {
  const parsed = parseOptions(SPEC, args);
  if (!parsed) return 0;
  const [action, name] = parsed.positionals;
  const { values } = parsed;
  switch (action) {
    case 'start': {
      const wanted = required(action, name);
      return tell(await agentOf(values).start(wanted), values, (started) => `${started.name} started`);
    }
    case 'stop':
      return stop(agentOf(values), name, values);
    case 'list':
      return tell(await agentOf(values).list(), values, printList);
    case 'show': {
      const wanted = required(action, name);
      return show(agentOf(values), wanted, values);
    }
    default:
      throw new PycaError('USAGE', `pyca session start, stop, list or show; not "${action ?? ''}"`);
  }
}

function agentOf({ url, data }: Options): SessionClient {
  const options = data === undefined ? {} : { DATA: { value: data, place: '--data' } };
  const { config, root, isSet } = lookAtProjectConfig(process.cwd(), process.env, options);
  const token = url === undefined ? undefined : readToken(config.sessions);
  return findAgent({ url, token, data: isSet('DATA') ? config.data : projectData(root) });
}

function required(action: string, name: string | undefined): string {
  if (name) return name;
  throw new PycaError('USAGE', `pyca session ${action} NAME`);
}

async function stop(agent: SessionClient, given: string | undefined, options: Options): Promise<number> {
  const name = given ?? (await agent.list()).find(({ stopped }) => stopped === null)?.name;
  if (name === undefined) throw new PycaError('SESSION_UNKNOWN', 'no session is open');
  return tell(await agent.stop(name), options, (stopped) => `${stopped.name}: ${sentence(stopped)}`);
}

async function show(agent: SessionClient, name: string, options: Options): Promise<number> {
  const summary = await agent.show(name);
  if (options.json) return tell(summary, options, () => '');
  const coverage = await agent.coverage(name, options.container);
  const time = new Date(summary.stopped ?? Date.now());
  process.stdout.write(print(summary, coverage, time, options));
  return 0;
}

function print(summary: SessionSummary, coverage: Coverage, time: Date, options: Options): string {
  const about = { version: `pyca ${version}`, time };
  switch (options.format) {
    case 'raw':
      return printRaw(coverage);
    case 'lcov':
      return printLcov(coverage);
    case 'cobertura':
      return printCobertura(coverage, about);
    case 'json':
      return printCoveragePyJson(coverage, about);
    default: {
      const { isTTY, columns } = process.stdout;
      const width = isTTY ? Math.max(columns || 80, 40) : undefined;
      const table = { showMissing: options['show-missing'], width, paint: styleText };
      const until = summary.stopped === null ? 'open' : summary.stopped;
      return `${summary.name}: ${summary.started} to ${until}\n\n${printTable(summarize(coverage), table)}`;
    }
  }
}

function printList(sessions: SessionSummary[]): string {
  if (sessions.length === 0) return 'no session yet: pyca session start NAME';
  const width = Math.max(...sessions.map(({ name }) => name.length));
  return sessions
    .map((each) => {
      const state = each.stopped === null ? 'open' : each.reported ? 'reported' : 'not reported yet';
      return `${each.name.padEnd(width)}  ${each.started}  ${sentence(each)}, ${state}`;
    })
    .join('\n');
}

function sentence({ files, lines: { executable, covered } }: SessionSummary): string {
  const percent = executable === 0 ? 0 : (100 * covered) / executable;
  return `${formatPercent(percent)} %: ${covered} of ${count(executable, 'statement')} in ${count(files, 'file')} ran`;
}

function tell<T>(value: T, { json }: Options, words: (value: T) => string): number {
  process.stdout.write(`${json ? JSON.stringify(value) : words(value)}\n`);
  return 0;
}
