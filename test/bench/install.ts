/** What `pyca install` costs a short script, and a Python that runs none of the user's code: pairs, one after the other. */

import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Laptop } from '../install/laptop.ts';
import { inChroot, type Python, supported } from '../preload/python/pythons.ts';
import { quantile } from './distribution.ts';
import { type Figure, printFigures, printHeader } from './figure.ts';

const PAIRS = 60;

/** About 50 ms, most of which it sleeps. */
const SCRIPT = 'import time\ntotal = sum(range(1000))\ntime.sleep(0.03)\nif total < 0:\n    print("never")\n';

/** Runs two commands in turn, the first pair to warm up; prints [processor, wall] of each, in ms. */
const STOPWATCH = `
import json, os, sys, time
commands, pairs = json.load(sys.stdin)
def took(command):
    began = time.perf_counter()
    _, _, usage = os.wait4(os.posix_spawn(command[0], command, os.environ), 0)
    return (usage.ru_utime + usage.ru_stime) * 1000, (time.perf_counter() - began) * 1000
print(json.dumps([[took(command) for command in commands] for _ in range(pairs + 1)][1:]))
`;

type Times = [processor: number, wall: number];

export async function measureInstall(): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const python of supported.filter((one) => !inChroot(one))) figures.push(...(await measure(python)));
  return figures;
}

async function measure(python: Python): Promise<Figure[]> {
  const [plain, installed] = [new Laptop(python), new Laptop(python).install()];
  try {
    installed.write('app.py', SCRIPT);
    const pair = (...args: string[]) => measurePairs(installed, [plain.command, ...args], [installed.command, ...args]);
    const running = pair('app.py');
    const idle = pair('-c', 'pass');
    // Each starts an agent of its own, and needs a shell for that: one that does nothing here.
    writeFileSync(join(installed.sitePackages, 'platform_coverage_agent/agent-command'), '/bin/true\n');
    const starting = pair('app.py');
    return [
      {
        what: `Python ${python.version}: a 50 ms script under pyca install`,
        measured: `${more(running)}; where it starts the agent: ${more(starting)}`,
        peer: `plain: ${quantile(
          running.map(([[, wall]]) => wall),
          0.5,
        ).toFixed(1)} ms wall`,
        goal: '≤ +10 ms',
      },
      {
        what: `Python ${python.version}: start under pyca install, nothing in scope`,
        measured: more(idle),
        peer: `plain: ${quantile(
          idle.map(([[processor]]) => processor),
          0.5,
        ).toFixed(1)} ms processor`,
        goal: '≤ +2 ms',
      },
    ];
  } finally {
    await plain.end();
    await installed.end();
  }
}

function measurePairs(laptop: Laptop, ...commands: [string[], string[]]): [Times, Times][] {
  const options = { cwd: laptop.project, env: laptop.environment(), encoding: 'utf8' as const };
  const input = JSON.stringify([commands, PAIRS]);
  return JSON.parse(execFileSync(laptop.command, ['-I', '-c', STOPWATCH], { ...options, input }));
}

/** The median of the differences within a pair: what slows the machine down for a while falls out. */
function more(pairs: readonly [Times, Times][]): string {
  return (['processor', 'wall'] as const)
    .map((what, i) => {
      const value = quantile(
        pairs.map(([a, b]) => (b[i] as number) - (a[i] as number)),
        0.5,
      ).toFixed(1);
      return `${value.startsWith('-') ? '' : '+'}${value} ms ${what}`;
    })
    .join(', ');
}

if (import.meta.main) {
  printHeader();
  printFigures(await measureInstall());
}
