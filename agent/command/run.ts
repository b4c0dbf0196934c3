/** `pyca run`: any command, with the agent as its parent. What goes wrong with the agent never reaches the command. */

import { writeFileSync, writeSync } from 'node:fs';
import { isatty, WriteStream } from 'node:tty';
import { styleText } from 'node:util';
import { formatPercent } from '../../coverage/summary.ts';
import { describeError, PycaError } from '../../diagnostics/errors.ts';
import type { Paint } from '../report/table.ts';
import type { OptionSettings } from '../settings/project-config.ts';
import { type CommandSpec, type Option, parseOptions } from './options.ts';
import type { RunAgent, RunOutcome } from './run-agent.ts';
import { plainEnvironment } from './run-environment.ts';
import { leaveRunFolder } from './run-folder.ts';
import { inheritance } from './run-inheritance.ts';
import { optionSettings, type Preparation, prepareRun } from './run-preparation.ts';
import { type Ending, endAlike, RunProcess, whyNotStarted } from './run-process.ts';
import { describeRun, percentOf, printSummary, type Run } from './run-summary.ts';

const SPEC = {
  usage: 'pyca run [options] [--] COMMAND [ARGUMENT…]',
  about:
    'Runs COMMAND as it would run without us, and reports which lines of your own Python ran, in it and in whatever it ' +
    'starts. Ends as COMMAND ends, with its exit code or its signal.',
  options: {
    sink: { type: 'string', value: 'URL', help: 'where reports go: amqp(s)://…, http(s)://… or file://PATH' },
    interval: { type: 'string', value: 'TIME', help: 'time between two reports while it runs: 60, 1m30s' },
    source: { type: 'string', multiple: true, value: 'DIR', help: 'only what is in this folder' },
    include: { type: 'string', multiple: true, value: 'GLOB', help: 'only files like this: shop/**' },
    exclude: { type: 'string', multiple: true, value: 'GLOB', help: 'no files like this' },
    data: { type: 'string', value: 'DIR', help: "where line maps go (default .pyca/data at the project's root)" },
    append: { type: 'boolean', help: 'add to the lines of the runs before' },
    sessions: { type: 'boolean', help: 'let "pyca session" tell what runs between a start and a stop' },
    'show-missing': { type: 'boolean', short: 'm', help: 'a table of files with the lines that did not run' },
    json: {
      type: 'string',
      value: 'FILE',
      help: 'write a summary for scripts; - is stdout, after all of COMMAND’s own',
    },
    'fail-under': { type: 'number', value: 'PERCENT', help: 'exit with 2 where less ran and COMMAND ended with 0' },
    quiet: { type: 'boolean', short: 'q', help: 'say nothing on stderr' },
  },
  positionals: 'command',
  notes:
    'Without a sink in the options, the environment or .env, reports go to .pyca/reports.ndjson; "pyca report" shows them.\n' +
    'Exit code: that of COMMAND; 126 it cannot be executed, 127 it is not there; 2 below --fail-under, or a wrong option.',
} as const satisfies CommandSpec<Record<string, Option>>;

type Options = NonNullable<ReturnType<typeof parseOptions<typeof SPEC.options>>>['values'];

/** The process ends in here; it is only a wrong option, or `--help`, that comes back. */
export async function run(args: string[]): Promise<number> {
  const parsed = parseOptions(SPEC, args);
  if (!parsed) return 0;
  const { values, positionals } = parsed;
  const [file] = positionals;
  if (!file) throw new PycaError('USAGE', 'which command? pyca run -- python app.py');
  const settings = optionSettings(values);
  const missing = whyNotStarted(file, process.env);
  if (missing) {
    say(`pyca run: ${missing.message}\n`);
    process.exit(missing.code);
  }
  const notes: string[] = [];
  process.on('uncaughtException', (error) => notes.push(describeError(error).message));
  const preparation = prepare(values, settings, notes);
  const sessions = preparation?.config.sessions.enabled ? await startAgent(preparation, notes) : undefined;
  const environment = preparation?.environment ?? plainEnvironment(process.env);
  const command = new RunProcess(positionals, environment, inheritance(process.env.PYCA_INHERITED));
  const agent = sessions ?? startAgent(preparation, notes);
  const ending = await command.ended.catch((error: unknown): Ending => {
    say(`pyca run: ${file}: ${describeError(error).message}\n`);
    return { code: 126, signal: null };
  });
  const outcome = await finish(await agent, command, notes);
  conclude({ command: positionals, ending, outcome, data: preparation?.data, notes }, values);
  return endAlike(ending);
}

function prepare(options: Options, settings: OptionSettings, notes: string[]): Preparation | undefined {
  try {
    const preparation = prepareRun(options, settings);
    notes.push(...(preparation ? preparation.notes : ['switched off by PYCA_ENABLED']));
    return preparation;
  } catch (error) {
    notes.push(`nothing is collected: ${describeError(error).message}`);
    return undefined;
  }
}

/** With sessions, once they can be started. Its modules are loaded while the command starts. */
async function startAgent(preparation: Preparation | undefined, notes: string[]): Promise<RunAgent | undefined> {
  if (!preparation) return undefined;
  try {
    const { config, data, root, port } = preparation;
    const agent = new (await import('./run-agent.ts')).RunAgent({ config, data, root, env: process.env });
    if (config.sessions.enabled) await agent.openSessions(port);
    return agent;
  } catch (error) {
    notes.push(`nothing is reported: ${describeError(error).message}`);
    return undefined;
  }
}

async function finish(
  agent: RunAgent | undefined,
  command: RunProcess,
  notes: string[],
): Promise<RunOutcome | undefined> {
  if (!agent) return undefined;
  command.onImpatience(() => agent.hurry());
  try {
    return await agent.finish();
  } catch (error) {
    notes.push(`nothing is reported: ${describeError(error).message}`);
    return undefined;
  }
}

/** Says what there is to say. Ends the process where `--fail-under` asks for it. */
function conclude(result: Run, { quiet, json, 'show-missing': showMissing, 'fail-under': least }: Options): void {
  if (result.data) leaveRunFolder(result.data);
  if (!quiet) {
    const width = isatty(2) ? terminalWidth() : undefined;
    say(printSummary(result, { showMissing, width, paint }));
  }
  if (json !== undefined) writeJson(json, `${JSON.stringify(describeRun(result))}\n`);
  const percent = result.outcome ? percentOf(result.outcome) : 0;
  if (result.ending.code !== 0 || least === undefined || percent >= least) return;
  say(`pyca: ${formatPercent(percent, 2)} % ran, less than the ${least} % of --fail-under\n`);
  process.exit(2);
}

function writeJson(file: string, text: string): void {
  try {
    if (file === '-') writeSync(1, text);
    else writeFileSync(file, text);
  } catch (error) {
    say(`pyca: --json ${file}: ${describeError(error).message}\n`);
  }
}

/**
 * Not by `process.stderr`: Node makes a pipe non-blocking as soon as it has a stream for it, for the command too, whose own
 * output then fails with EAGAIN.
 */
function say(text: string): void {
  try {
    writeSync(2, text);
  } catch {}
}

const paint: Paint = (format, text) =>
  isatty(2) && !process.env.NO_COLOR ? styleText(format, text, { validateStream: false }) : text;

/** Where stderr is a terminal; by a stream of its own, as process.stderr is not to be touched. */
function terminalWidth(): number {
  const { columns } = new WriteStream(2);
  return columns || 80;
}
