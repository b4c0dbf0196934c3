/** What each collector costs a whole process: instructions and time over those without a collector. */

import type { Python } from '../preload/python/pythons.ts';
import type { Cost, Costs } from './collector-costs.ts';
import { type Collector, collectorsOf, commandUnder } from './collectors.ts';
import { quantile } from './distribution.ts';
import { countInstructions, run } from './processes.ts';
import { ROUNDS } from './workspace.ts';

/** `again`: as a second process, which finds what the first has left (line maps, caches). */
export type Process = {
  python: Python;
  folder: string;
  script: readonly string[];
  again?: boolean;
  /** Whose instructions are counted beside PYCA's: valgrind takes some fifty times as long. */
  counted?: readonly Collector[];
};

/** Round after round, as in measureCosts. */
export function measureProcess({ again = false, counted, ...process }: Process): Costs {
  const collectors = collectorsOf(process.python);
  const seconds = new Map<Collector, number[]>(collectors.map((collector) => [collector, []]));
  const command = (collector: Collector) => {
    if (again) run(commandUnder(collector, process));
    return commandUnder(collector, { ...process, again });
  };
  for (let round = 0; round < ROUNDS; round++)
    for (const collector of collectors) seconds.get(collector)?.push(run(command(collector)).seconds);
  const plain = countInstructions(command('none'));
  const cost = (collector: Collector): Cost => ({
    instructions:
      collector === 'pyca' || !counted || counted.includes(collector)
        ? countInstructions(command(collector)) / plain
        : Number.NaN,
    time: quantile(
      (seconds.get(collector) ?? []).map((value, round) => value / (seconds.get('none')?.[round] ?? Number.NaN)),
      0.5,
    ),
    memory: Number.NaN,
  });
  return Object.fromEntries(collectors.map((collector) => [collector, cost(collector)]));
}
