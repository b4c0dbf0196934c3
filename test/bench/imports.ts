/** A process that imports 800 modules: none of them in scope; all of them, in a first process and in one that finds its line maps. */

import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Python } from '../preload/python/pythons.ts';
import { costText, peersText } from './collector-costs.ts';
import type { Figure } from './figure.ts';
import { measureProcess } from './process-costs.ts';
import { benchPythons, inFolder } from './workspace.ts';

const MODULES = 800;

export async function measureImports(): Promise<Figure[]> {
  return benchPythons.flatMap((python) =>
    inFolder((folder) => {
      writeModules(folder);
      writeModules(join(folder, 'site-packages'));
      execFileSync(python.command, ['-m', 'compileall', '-q', folder]);
      return [
        figure(python, folder, 'none in scope', 'site-packages/main.py', false, ''),
        figure(python, folder, 'all in scope', 'main.py', false, "≤ coverage.py's best"),
        figure(python, folder, 'all in scope, second process', 'main.py', true, "≤ coverage.py's best"),
      ];
    }),
  );
}

function figure(python: Python, folder: string, what: string, script: string, again: boolean, goal: string): Figure {
  const costs = measureProcess({ python, folder, script: [script], again });
  return {
    what: `Python ${python.version}: ${MODULES} modules imported, ${what}`,
    measured: costs.pyca ? costText(costs.pyca) : '',
    peer: peersText(costs),
    goal,
  };
}

function writeModules(folder: string): void {
  mkdirSync(join(folder, 'modules'), { recursive: true });
  const names = Array.from({ length: MODULES }, (_, number) => `module_${number}`);
  for (const name of names) writeFileSync(join(folder, 'modules', `${name}.py`), module(name));
  writeFileSync(join(folder, 'modules/__init__.py'), '');
  writeFileSync(join(folder, 'main.py'), names.map((name) => `import modules.${name}\n`).join(''));
}

/** About a hundred lines, as of an application: constants, functions, classes. */
function module(name: string): string {
  const functions = Array.from(
    { length: 5 },
    (_, number) => `
def function_${number}(argument, option=None):
    """Tell what ${name} does."""
    if option is None:
        option = {}
    total = 0
    for key, value in option.items():
        if value > argument:
            total += value
        else:
            total -= len(key)
    return total + ${number}
`,
  );
  const classes = Array.from(
    { length: 3 },
    (_, number) => `
class Class${number}:
    """One of ${name}."""

    attribute = ${number}

    def __init__(self, value):
        self.value = value

    def method(self, other):
        result = self.value + other
        return result * self.attribute
`,
  );
  return `"""Module ${name}."""\n\nimport os\n\nNAME = "${name}"\nSETTINGS = {"name": NAME, "separator": os.sep}\n${functions.join('\n')}\n${classes.join('\n')}`;
}
