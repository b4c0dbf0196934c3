/** A process whose one statement is a dict of 10,000 lines, as generated tables are: LINE events are quadratic there before 3.14. */

import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { costText, peersText } from './collector-costs.ts';
import type { Figure } from './figure.ts';
import { measureProcess } from './process-costs.ts';
import { benchPythons, inFolder } from './workspace.ts';

const LINES = 10_000;

export async function measureLiteral(): Promise<Figure[]> {
  return benchPythons.map((python) =>
    inFolder((folder) => {
      const lines = Array.from({ length: LINES }, (_, line) => `    "key ${line}": [name, ${line}],\n`);
      writeFileSync(join(folder, 'table.py'), `name = "literal"\ntable = {\n${lines.join('')}}\n`);
      writeFileSync(join(folder, 'main.py'), 'import table\n');
      execFileSync(python.command, ['-m', 'compileall', '-q', folder]);
      const costs = measureProcess({ python, folder, script: ['main.py'], counted: [] });
      return {
        what: `Python ${python.version}: process with a literal of ${LINES.toLocaleString('en-US')} lines`,
        measured: costs.pyca ? costText(costs.pyca) : '',
        peer: peersText(costs),
        goal: 'time ≤ 1.5',
      };
    }),
  );
}
