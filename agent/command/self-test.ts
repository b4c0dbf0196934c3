/** `pyca test`: every step from a line that runs to a report that arrives, and for each that fails why and what to do. */

import { styleText } from 'node:util';
import { BrokerCheck } from '../self-test/broker-steps.ts';
import { Collection } from '../self-test/collection.ts';
import { fileSteps, httpSteps } from '../self-test/sink-steps.ts';
import { runSteps, type Step, type StepResult } from '../self-test/steps.ts';
import type { AgentConfig } from '../settings/config.ts';
import { readProjectConfig } from '../settings/project-config.ts';
import type { ReportMessage } from '../sink/report-message.ts';
import { parseSinkAddress } from '../sink/sink-address.ts';
import { createSink } from '../sink/sink-factory.ts';
import { type CommandSpec, type Option, parseOptions, wrap } from './options.ts';

const SPEC = {
  usage: 'pyca test [options]',
  about:
    'Runs a tiny Python program, collects its lines, and sends them where reports go (PYCA_SINK, PYCA_RABBITMQ_URL), marked as ' +
    'a test. With RabbitMQ it reads its own report back from a temporary queue; those who read reports see nothing of it.',
  options: {
    python: { type: 'string', value: 'PATH', help: 'the Python to try (default the first of PATH)' },
    sink: { type: 'string', value: 'URL', help: 'where to instead: amqp://…, http://… or file:///…' },
    json: { type: 'boolean', help: 'print the steps as JSON' },
  },
  notes: 'Exit code: 0 where every step went well, else 1.',
} as const satisfies CommandSpec<Record<string, Option>>;

export async function selfTest(args: string[]): Promise<number> {
  const parsed = parseOptions(SPEC, args);
  if (!parsed) return 0;
  const { python, sink, json } = parsed.values;
  const results: StepResult[] = [];
  const tell = (result: StepResult) => {
    results.push(result);
    if (!json) process.stdout.write(print(result));
  };
  const collection = new Collection(python);
  try {
    const ok = await testAll(collection, sink, tell);
    if (json) process.stdout.write(`${JSON.stringify({ ok, steps: results })}\n`);
    else process.stdout.write(conclusion(results));
    return ok ? 0 : 1;
  } finally {
    collection.close();
  }
}

/** Collecting and reaching the sink are tried each for itself; publishing needs both. */
async function testAll(
  collection: Collection,
  url: string | undefined,
  tell: (result: StepResult) => void,
): Promise<boolean> {
  let config: AgentConfig | undefined;
  const settings: Step = {
    step: 'settings',
    work: async () => {
      const options = url === undefined ? {} : { SINK: { value: url, place: '--sink' } };
      config = readProjectConfig(process.cwd(), process.env, options).config;
      const address = `reports go to ${createSink(config.sink, 'pyca test').address}`;
      return config.enabled ? address : { note: `${address}, but PYCA_ENABLED is false: nothing is collected` };
    },
  };
  const configured = await runSteps([settings], tell);
  const collected = await runSteps(collection.steps, tell);
  if (!configured || !config) return false;
  const { reach, publishing, close } = sinkSteps(config.sink, () => collection.message as ReportMessage);
  try {
    const reached = await runSteps(reach, tell);
    if (reached && collected) return await runSteps(publishing, tell);
    const message = `not tried, as ${collected ? 'the way there is not open' : 'there is nothing to publish'}`;
    for (const { step } of publishing) tell({ step, state: 'skipped', milliseconds: 0, message });
    return false;
  } finally {
    await close();
  }
}

function sinkSteps(config: AgentConfig['sink'], message: () => ReportMessage) {
  const { url, folder, broker } = config;
  const address = url === undefined ? undefined : parseSinkAddress(url, 'PYCA_SINK', folder);
  const close = async () => {};
  if (address?.kind === 'http') return { ...httpSteps(createSink(config, 'pyca test'), message), close };
  if (address?.kind === 'file') return { ...fileSteps(address.path, message), close };
  const check = new BrokerCheck(address ? { url: address.url, origin: 'PYCA_SINK' } : broker, broker);
  return { reach: check.steps, publishing: check.publishing(message), close: () => check.close() };
}

const MARKS = { ok: ['green', '✓'], note: ['yellow', '!'], failed: ['red', '✗'], skipped: ['dim', '–'] } as const;
const INDENT = ' '.repeat(15);

function print({ step, state, milliseconds, message, code, remedy }: StepResult): string {
  const [colour, mark] = MARKS[state];
  const width = Math.max(60, (process.stdout.columns || 100) - INDENT.length);
  const time = state === 'skipped' ? '' : ` (${milliseconds} ms)`;
  const [first = '', ...others] = wrap(`${code ? `${code}: ` : ''}${message}${time}`, width);
  const lines = [`${styleText(colour, mark)} ${step.padEnd(12)} ${first}`, ...others.map((line) => INDENT + line)];
  wrap(remedy ?? '', width - 2).forEach((line, i) => {
    lines.push(INDENT + styleText('bold', `${i === 0 ? '→' : ' '} ${line}`));
  });
  return `${lines.join('\n')}\n`;
}

function conclusion(results: StepResult[]): string {
  const failed = results.filter(({ state }) => state === 'failed').map(({ step }) => step);
  if (failed.length === 0) return styleText('green', '\nEvery step went well.\n');
  return styleText('red', `\nFailed: ${failed.join(', ')}\n`);
}
