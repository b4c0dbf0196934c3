/** Programs that the hook is not for, and circumstances in which it stands down: nothing about them changes. */

import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  architecture,
  compile,
  environmentOf,
  FOLDER,
  HOOKED,
  hook,
  lacking,
  named,
  prepare,
  run,
  testUnless,
  valueIn,
} from './env/programs.ts';

const folder = prepare();

describe('any other program', () => {
  const files = ['/bin/sh', '/bin/bash', '/usr/bin/busybox', '/usr/bin/perl'];
  for (const file of files) {
    testUnless(lacking(file), `${file} and its children see the environment they were given`, () => {
      const sh = file.endsWith('busybox') ? [file, 'sh'] : [file];
      const command = file.endsWith('perl') ? [file, '-e', 'exec "env", "-0"'] : [...sh, '-c', 'env -0; :'];
      const variables = { PATH: '/usr/bin:/bin', PYTHONPATH: '/a', PYCA_PYTHONPATH: FOLDER };
      const given = environmentOf(command, variables);
      expect(environmentOf(command, { ...variables, LD_PRELOAD: hook }).sort()).toEqual(
        [...given, `LD_PRELOAD=${hook}`].sort(),
      );
    });
  }

  test('static: ld.so, and with it the hook, is not there', () => {
    const program = named('python3', compile('gcc', 'print-environment.c', join(folder, 'static'), '-static'));
    expect(valueIn('PYTHONPATH', environmentOf([program], HOOKED))).toBeUndefined();
  });

  test('with a getenv of its own: not called', () => {
    const program = compile('gcc', 'own-getenv.c', join(folder, 'own-getenv'), '-rdynamic', '-fno-builtin');
    expect(run([program], HOOKED)).toBe('');
  });

  test('dynamic without a libc, even named python3: runs as it would have', () => {
    const loader = architecture === 'amd64' ? '/lib64/ld-linux-x86-64.so.2' : '/lib/ld-linux-aarch64.so.1';
    const flags = ['-nostdlib', '-fpie', '-pie', `-Wl,--dynamic-linker=${loader}`];
    const program = named('python3', compile('gcc', 'no-libc.c', join(folder, 'no-libc'), ...flags));
    expect(() => run([program], {})).toThrow('ended with 7: ');
    expect(() => run([program], HOOKED)).toThrow(/ended with 7: $/);
  });

  test('beside a preload of the application, in either order', () => {
    const program = named('python3', compile('gcc', 'print-environment.c', join(folder, 'beside')));
    const other = compile('gcc', 'other-preload.c', join(folder, 'other.so'), '-shared', '-fpic');
    for (const LD_PRELOAD of [`${hook}:${other}`, `${other}:${hook}`]) {
      const environment = environmentOf([program], { ...HOOKED, LD_PRELOAD });
      expect(valueIn('PYTHONPATH', environment)).toBe(FOLDER);
      expect(valueIn('OTHER_PRELOAD', environment)).toBe('here');
    }
  });

  const unshare = ['unshare', '-rm', 'sh', '-c', 'mount -t tmpfs none /proc && exec "$@"', 'sh'];
  const barred = () => {
    try {
      return void run([...unshare, 'true'], { PATH: process.env.PATH ?? '' });
    } catch {
      return 'mount namespaces are not allowed here';
    }
  };
  testUnless(barred(), 'without /proc, even named python3: keeps its environment', () => {
    const program = named('python3', compile('gcc', 'print-environment.c', join(folder, 'no-proc')));
    const started = [...unshare, '/usr/bin/env', '-i', `LD_PRELOAD=${hook}`, `PYCA_PYTHONPATH=${FOLDER}`, program];
    expect(environmentOf(started, { PATH: process.env.PATH ?? '' })).toEqual([
      `LD_PRELOAD=${hook}`,
      `PYCA_PYTHONPATH=${FOLDER}`,
    ]);
  });
});
