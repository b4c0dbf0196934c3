/** Benchmarks of pyperformance, as scripts that are all in scope: the geometric mean, and the worst of them. */

import { cpSync } from 'node:fs';
import { join } from 'node:path';
import type { Python } from '../preload/python/pythons.ts';
import { sitePackages } from '../python/packages.ts';
import { type Costs, measureCosts } from './collector-costs.ts';
import { type Collector, PEERS } from './collectors.ts';
import type { Figure } from './figure.ts';
import { benchPythons, inFolder } from './workspace.ts';

/** Folder of the benchmark → its arguments. */
const BENCHMARKS: Record<string, readonly string[]> = {
  async_tree: ['none'],
  chaos: [],
  deltablue: [],
  django_template: [],
  generators: [],
  go: [],
  hexiom: [],
  json_dumps: [],
  mako: [],
  nbody: [],
  pickle: ['--pure-python', 'pickle'],
  pyflate: [],
  raytrace: [],
  regex_compile: [],
  richards: [],
  telco: [],
};
const WARM = 2;

export async function measureCpu(): Promise<Figure[]> {
  return benchPythons.flatMap(measurePython);
}

function measurePython(python: Python): Figure[] {
  const wanted = process.env.BENCH_SCRIPTS?.split(',');
  const names = Object.keys(BENCHMARKS).filter((name) => !wanted || wanted.includes(name));
  const costs = names.map((name) => [name, measureBenchmark(python, name)] as const);
  const below312 = python.series[1] < 12;
  return [
    {
      what: `Python ${python.version}: ${names.length} CPU benchmarks, mean`,
      measured: mean(costs, 'pyca'),
      peer: (Object.keys(PEERS) as (keyof typeof PEERS)[])
        .flatMap((peer) => (costs[0]?.[1][peer] ? `${PEERS[peer]}: ${mean(costs, peer)}` : []))
        .join('; '),
      goal: `insn ≤ ${below312 ? '1.03' : '1.05'}`,
    },
    {
      what: `Python ${python.version}: the worst of them`,
      measured: worst(costs, 'pyca'),
      peer: (Object.keys(PEERS) as (keyof typeof PEERS)[])
        .flatMap((peer) => (costs[0]?.[1][peer] ? `${PEERS[peer]}: ${worst(costs, peer)}` : []))
        .join('; '),
      goal: '',
    },
  ];
}

type Named = readonly (readonly [string, Costs])[];

function measureBenchmark(python: Python, name: string): Costs {
  return inFolder((folder) => {
    const packages = sitePackages(python, join(import.meta.dirname, 'requirements/pyperformance.txt'));
    const benchmark = join(packages, 'pyperformance/data-files/benchmarks', `bm_${name}`);
    cpSync(benchmark, folder, { recursive: true });
    const script = ['run_benchmark.py', ...(BENCHMARKS[name] ?? [])];
    return measureCosts({ python, folder, script, warm: WARM, counted: 1, seeds: 1 });
  });
}

function mean(costs: Named, collector: Collector): string {
  const geometric = (of: 'instructions' | 'time') => {
    const logarithms = costs.map(([, all]) => Math.log(all[collector]?.[of] ?? Number.NaN));
    return Math.exp(logarithms.reduce((sum, value) => sum + value, 0) / logarithms.length);
  };
  return `insn ${geometric('instructions').toFixed(3)}, time ${geometric('time').toFixed(2)}`;
}

function worst(costs: Named, collector: Collector): string {
  const sorted = costs
    .map(([name, all]) => ({ name, value: all[collector]?.instructions ?? Number.NaN }))
    .sort((a, b) => b.value - a.value);
  return `insn ${sorted[0]?.value.toFixed(3)} (${sorted[0]?.name})`;
}
