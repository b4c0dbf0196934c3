/** Every CPython of this machine under the hook, its children and its scripts. */

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import {
  compile,
  environmentOf,
  FOLDER,
  HOOKED,
  hook,
  interpreters,
  named,
  prepare,
  run,
  type Variables,
  valueIn,
} from './env/programs.ts';

const folder = prepare();

describe('a Python', () => {
  const found = interpreters();
  const print = `import json, os, sys; print(json.dumps([os.environ.get('PYTHONPATH'), sys.path, hasattr(sys, 'seen')]))`;
  const preload = join(folder, 'python');
  const see = (file: string, variables: Variables) => JSON.parse(run([file, '-c', print], variables, folder));

  beforeAll(() => {
    mkdirSync(preload, { recursive: true });
    writeFileSync(join(preload, 'sitecustomize.py'), 'import sys\nsys.seen = True\n');
  });

  test('is on this machine', () => {
    expect(found.filter(({ version }) => version.startsWith('3.'))).not.toHaveLength(0);
  });

  for (const minor of [8, 9, 10, 11, 12, 13, 14]) {
    const has = found.some(({ version }) => version === `3.${minor}`);
    if (!has) test.skip(`3.${minor} [not on this machine]`);
  }

  test.each(found.filter(({ version }) => version.startsWith('3.')))(
    '$version ($file) finds the folder',
    ({ file }) => {
      const hooked = { LD_PRELOAD: hook, PYCA_PYTHONPATH: preload };
      const [, plain] = see(file, {});
      expect(see(file, hooked)).toEqual([preload, ['', preload, ...plain.slice(1)], true]);
      expect(see(file, { ...hooked, PYTHONPATH: '' })).toEqual([preload, ['', preload, ...plain.slice(1)], true]);
      expect(see(file, { ...hooked, PYTHONPATH: '/a' })).toEqual([
        `${preload}:/a`,
        ['', preload, '/a', ...plain.slice(1)],
        true,
      ]);
    },
  );

  test.each(found.filter(({ version }) => version.startsWith('2.')))('$version ($file) is left alone', ({ file }) => {
    const [, plain] = see(file, {});
    expect(see(file, { LD_PRELOAD: hook, PYCA_PYTHONPATH: preload })).toEqual([null, plain, false]);
  });

  const python = found.findLast(({ version }) => version.startsWith('3.'))?.file as string;

  test('child of a child has the folder once; one whose PYTHONPATH was taken away has it again', () => {
    const child = `import subprocess, sys; sys.stdout.write(subprocess.check_output(sys.argv[1:], text=True))`;
    const last = `import os; print(os.environ.get('PYTHONPATH'))`;
    const through = [python, '-c', child, '/bin/sh', '-c', '"$0" -c "$1"', python, last];
    expect(run(through, { ...HOOKED, PYTHONPATH: '/a' })).toBe(`${FOLDER}:/a\n`);
    const without = [python, '-c', child, '/usr/bin/env', '-u', 'PYTHONPATH', python, '-c', last];
    expect(run(without, { ...HOOKED, PYTHONPATH: '/a' })).toBe(`${FOLDER}\n`);
  });

  test('in a fork without exec sees what its parent saw', () => {
    const fork = `import os\nif os.fork(): os.wait()\nelse: print(os.environ['PYTHONPATH'])`;
    expect(run([python, '-c', fork], HOOKED)).toBe(`${FOLDER}\n`);
  });

  test('script is known by its interpreter, not by its name', () => {
    const script = join(folder, 'serve');
    writeFileSync(script, `#!${python}\nimport os\nprint(os.environ['PYTHONPATH'])\n`, { mode: 0o755 });
    expect(run([script], HOOKED)).toBe(`${FOLDER}\n`);
  });

  test('whose file is deleted as it starts is not known', () => {
    const program = compile('gcc', 'print-environment.c', join(folder, 'deleted'));
    const start = (step: string) => `import os, sys
file = os.open(sys.argv[1], os.O_RDONLY)
${step}
os.execve(file, sys.argv[1:], dict(os.environ, PYTHONPATH='/a'))`;
    const startedBy = (step: string) =>
      valueIn('PYTHONPATH', environmentOf([python, '-c', start(step), named('python3', program)], HOOKED));
    expect(startedBy('')).toBe(`${FOLDER}:/a`);
    expect(startedBy('os.unlink(sys.argv[1])')).toBe('/a');
  });
});
