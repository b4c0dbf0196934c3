/** What each collector costs a workload once it is warm: instructions and time of a loop, beside those without a collector. */

import type { Python } from '../preload/python/pythons.ts';
import { type Collector, collectorsOf, commandUnder, PEERS } from './collectors.ts';
import { quantile } from './distribution.ts';
import { countInstructions, type Measured, measure } from './processes.ts';
import { ROUNDS } from './workspace.ts';

export type Workload = {
  python: Python;
  folder: string;
  script: readonly string[];
  /** How many loops come before the first that counts. */
  warm: number;
  /** Of how many loops instructions are counted. */
  counted: number;
  /** With how many hash seeds they are for PYCA: a layout of memory alone moves those of a web request by half a per cent. */
  seeds: number;
};

export type Cost = {
  /** Of a loop, over that without a collector. */
  instructions: number;
  time: number;
  /** Private_Dirty of the process after its last loop, less that without a collector, in bytes. */
  memory: number;
};
export type Costs = Partial<Record<Collector, Cost>>;

const TIMED = 3;

/** Each collector in turn, round after round: what else the machine does meets them all. The first round compiles bytecode. */
export function measureCosts(workload: Workload): Costs {
  const collectors = collectorsOf(workload.python);
  const measured = new Map<Collector, Measured[]>(collectors.map((collector) => [collector, []]));
  for (let round = 0; round <= ROUNDS; round++) {
    for (const collector of collectors) {
      const one = measure(commandUnder(collector, workload), { WARM: workload.warm, LOOPS: TIMED });
      if (round > 0) measured.get(collector)?.push(one);
    }
  }
  const paired = (collector: Collector, of: (one: Measured, plain: Measured) => number) =>
    quantile(
      (measured.get(collector) ?? []).map((one, round) => of(one, measured.get('none')?.[round] ?? one)),
      0.5,
    );
  const plain = Array.from({ length: workload.seeds }, (_, seed) => instructionsOfLoops('none', workload, seed));
  return Object.fromEntries(
    collectors.map((collector) => [
      collector,
      {
        instructions: instructionRatio(collector, workload, plain),
        time: paired(collector, (one, plain) => Math.min(...one.seconds) / Math.min(...plain.seconds)),
        memory: paired(collector, (one, plain) => one.Private_Dirty - plain.Private_Dirty),
      },
    ]),
  );
}

/** Over that without a collector: the mean of all seeds for PYCA, of the first for its peers. */
function instructionRatio(collector: Collector, workload: Workload, plain: readonly number[]): number {
  const seeds = collector === 'pyca' ? plain : plain.slice(0, 1);
  const ratios = seeds.map((of, seed) => instructionsOfLoops(collector, workload, seed) / of);
  return ratios.reduce((sum, ratio) => sum + ratio, 0) / ratios.length;
}

/** The difference between a process with more loops and one with fewer: start and warming up fall out. */
function instructionsOfLoops(collector: Collector, workload: Workload, seed: number): number {
  const count = (loops: number) =>
    countInstructions(commandUnder(collector, workload), {
      WARM: `${workload.warm}`,
      LOOPS: `${loops}`,
      PYTHONHASHSEED: `${seed}`,
    });
  return count(1 + workload.counted) - count(1);
}

/** insn 1.003, time 1.01. */
export function costText({ instructions, time }: Cost): string {
  const counted = Number.isNaN(instructions) ? '' : `insn ${instructions.toFixed(3)}, `;
  return `${counted}time ${time.toFixed(2)}`;
}

/** The same of each peer, one after the other. */
export function peersText(costs: Costs, text: (cost: Cost) => string = costText): string {
  return (Object.keys(PEERS) as (keyof typeof PEERS)[])
    .flatMap((peer) => (costs[peer] ? `${PEERS[peer]}: ${text(costs[peer])}` : []))
    .join('; ');
}
