/** `pyca status`: whether it works, and with which settings. */

import { styleText } from 'node:util';
import { type CommandSpec, type Option, parseOptions } from './options.ts';
import { findStatus } from './status-facts.ts';
import { printStatus } from './status-page.ts';

const SPEC = {
  usage: 'pyca status [options]',
  about:
    'Shows what PYCA finds in this folder: Pythons with its hooks, agents that run, repository, sink and last report, and each ' +
    'setting with the place that it comes from. Secrets are masked.',
  options: {
    json: { type: 'boolean', help: 'print it for scripts' },
    offline: { type: 'boolean', help: 'ask neither the sink nor GitHub' },
    all: { type: 'boolean', short: 'a', help: 'settings that are at their default, too' },
  },
  notes: 'Exit code: 0 all is well; 1 something is wrong, and named; 2 a wrong option.',
} as const satisfies CommandSpec<Record<string, Option>>;

export async function status(args: string[]): Promise<number> {
  const parsed = parseOptions(SPEC, args);
  if (!parsed) return 0;
  const { json, offline, all } = parsed.values;
  const facts = await findStatus({ folder: process.cwd(), env: process.env, offline });
  const paint = (format: Parameters<typeof styleText>[0], text: string) => styleText(format, text);
  process.stdout.write(json ? `${JSON.stringify(facts, null, 2)}\n` : printStatus(facts, { all, paint }));
  return facts.problems.length > 0 ? 1 : 0;
}
