/** A process whose one statement is a dict of 10,000 lines, as generated tables are: LINE events are quadratic there before 3.14. */

import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Python } from '../preload/python/pythons.ts';
import { costText, peersText } from './collector-costs.ts';
import type { Figure } from './figure.ts';
import { measureProcess } from './process-costs.ts';
import { benchPythons, inFolder } from './workspace.ts';

const LINES = 10_000;

export async function measureLiteral(): Promise<Figure[]> {
  return benchPythons.flatMap((python) =>
    inFolder((folder) => {
      const lines = Array.from({ length: LINES }, (_, line) => `    "key ${line}": [name, ${line}],\n`);
      writeFileSync(join(folder, 'table.py'), `name = "literal"\ntable = {\n${lines.join('')}}\n`);
      writeFileSync(join(folder, 'main.py'), 'import table\n');
      execFileSync(python.command, ['-m', 'compileall', '-q', folder]);
      return [
        figure(python, folder, 'run as a script', 'table.py', 'time ≤ 1.5'),
        figure(python, folder, 'imported from bytecode', 'main.py', ''),
      ];
    }),
  );
}

function figure(python: Python, folder: string, how: string, script: string, goal: string): Figure {
  const costs = measureProcess({ python, folder, script: [script], counted: [] });
  return {
    what: `Python ${python.version}: a literal of ${LINES.toLocaleString('en-US')} lines, ${how}`,
    measured: costs.pyca ? costText(costs.pyca) : '',
    peer: peersText(costs),
    goal,
  };
}
