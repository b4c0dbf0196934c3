/** Prints each figure of docs/benchmarks.md as a row of a Markdown table. */

import { PycaError } from '../../diagnostics/errors.ts';
import { install } from '../e2e/installation.ts';
import { measureAgent } from './agent.ts';
import { measureFirstReport } from './first-report.ts';
import { measureImage } from './image.ts';
import { measureWebhook } from './webhook.ts';

/** A figure, the goal it is held against, and what the same run gave for a peer. */
export type Figure = { what: string; measured: string; peer: string; goal: string };

const BENCHMARKS: Record<string, () => Promise<Figure[]>> = {
  image: measureImage,
  'first-report': measureFirstReport,
  agent: measureAgent,
  webhook: measureWebhook,
};

const wanted = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(BENCHMARKS);
await install();
process.stdout.write('| what | measured | peer in the same run | goal |\n| --- | --- | --- | --- |\n');
for (const name of wanted) {
  const measure = BENCHMARKS[name];
  if (!measure) throw new PycaError('USAGE', `no benchmark "${name}": ${Object.keys(BENCHMARKS).join(', ')}`);
  for (const { what, measured, peer, goal } of await measure()) {
    process.stdout.write(`| ${what} | ${measured} | ${peer} | ${goal} |\n`);
  }
}
