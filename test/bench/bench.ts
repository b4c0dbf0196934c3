/** Prints each figure of docs/benchmarks.md as a row of a Markdown table. */

import { PycaError } from '../../diagnostics/errors.ts';
import { install } from '../e2e/installation.ts';
import { measureAgent } from './agent.ts';
import { measureCpu } from './cpu.ts';
import { type Figure, printFigures, printHeader } from './figure.ts';
import { measureFirstReport } from './first-report.ts';
import { measureImage } from './image.ts';
import { measureImports } from './imports.ts';
import { measureInstall } from './install.ts';
import { measureLiteral } from './literal.ts';
import { measureStartUp } from './start-up.ts';
import { measureWeb } from './web.ts';
import { measureWebhook } from './webhook.ts';

type Benchmarks = Record<string, () => Promise<Figure[]>>;

const ON_THIS_MACHINE: Benchmarks = {
  image: measureImage,
  'start-up': measureStartUp,
  install: measureInstall,
  web: measureWeb,
  cpu: measureCpu,
  imports: measureImports,
  literal: measureLiteral,
};
const ON_THE_CLUSTER: Benchmarks = {
  'first-report': measureFirstReport,
  agent: measureAgent,
  webhook: measureWebhook,
};
const BENCHMARKS = { ...ON_THIS_MACHINE, ...ON_THE_CLUSTER };

const wanted = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(BENCHMARKS);
if (wanted.some((name) => name in ON_THE_CLUSTER)) await install();
printHeader();
for (const name of wanted) {
  const measure = BENCHMARKS[name];
  if (!measure) throw new PycaError('USAGE', `no benchmark "${name}": ${Object.keys(BENCHMARKS).join(', ')}`);
  printFigures(await measure());
}
