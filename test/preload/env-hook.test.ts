/** What the environment of a program becomes under the hook, by its name and what it was before. */

import { join } from 'node:path';
import fc from 'fast-check';
import { beforeAll, describe, expect } from 'vitest';
import {
  compile,
  environmentOf,
  FOLDER,
  HOOKED,
  hook,
  hookOf,
  lacking,
  named,
  prepare,
  testUnless,
  type Variables,
  valueIn,
} from './env/programs.ts';

const folder = prepare();

/** Linux's limit on one variable where pages are 4 KB: name, '=', value and the NUL. */
const LONGEST_PYTHONPATH = 32 * 4096 - 'PYTHONPATH='.length - 1;

const LIBCS = [
  { libc: 'glibc', compiler: 'gcc', emulator: [], preload: hook },
  { libc: 'musl', compiler: 'musl-gcc', emulator: [], preload: hook },
  {
    libc: 'glibc on arm64',
    compiler: 'aarch64-linux-gnu-gcc',
    emulator: ['/usr/bin/qemu-aarch64-static', '-L', '/usr/aarch64-linux-gnu'],
    preload: hookOf('arm64'),
  },
].map((of) => ({
  ...of,
  missing: lacking(of.compiler, ...of.emulator.slice(0, 1), ...(of.emulator[2] ? [`${of.emulator[2]}/include`] : [])),
}));

describe.each(LIBCS)('a program of $libc', ({ libc, compiler, emulator, preload, missing }) => {
  let program: string;
  beforeAll(() => {
    if (!missing) program = compile(compiler, 'print-environment.c', join(folder, libc.replaceAll(' ', '-')));
  });

  /** The emulator must not be preloaded into itself: it hands the variable on. */
  function environmentAs(name: string, variables: Variables): string[] {
    const all: Variables = { LD_PRELOAD: preload, ...variables };
    if (emulator.length === 0) return environmentOf([named(name, program)], all);
    const handed = Object.entries(all).flatMap(([key, value]) => ['-E', `${key}=${value}`]);
    return environmentOf([...emulator, ...handed, named(name, program)], {});
  }
  const pythonpathAs = (name: string, variables: Variables) => valueIn('PYTHONPATH', environmentAs(name, variables));

  testUnless(missing, 'named as Python is gets the folder, whatever the version', () => {
    for (const name of ['python', 'python3', 'python3.8', 'python3.13', 'python3.13t', 'python3.14td', 'python3.12d'])
      expect([name, pythonpathAs(name, { PYCA_PYTHONPATH: FOLDER })]).toEqual([name, FOLDER]);
  });

  testUnless(missing, 'of any other name keeps its environment as it was, byte by byte', () => {
    const variables = { PATH: '/bin', PYTHONPATH: '/x', PYCA_PYTHONPATH: FOLDER, LANG: 'C', EMPTY: '' };
    const names =
      'pypy pypy3.10 python2 python2.7 python3. python3x python3.6m python3.11-config pythonw ipython bpython3 p ' +
      'uwsg uwsgitop node sh gunicorn';
    for (const name of [...names.split(' '), 'python3 (deleted)']) {
      const expected = environmentAs('plain', { ...variables, LD_PRELOAD: '' }).filter((it) => it !== 'LD_PRELOAD=');
      expect([name, ...environmentAs(name, variables).filter((it) => !it.startsWith('LD_PRELOAD='))]).toEqual([
        name,
        ...expected,
      ]);
    }
  });

  const table: [name: string, source: string | undefined, before: string | undefined, after: string | undefined][] = [
    ['unset', FOLDER, undefined, FOLDER],
    ['empty: the working directory does not come in', FOLDER, '', FOLDER],
    ['set', FOLDER, '/a:/b', `${FOLDER}:/a:/b`],
    ['its own empty entries are kept', FOLDER, ':/a::', `${FOLDER}::/a::`],
    ['a lone colon', FOLDER, ':', `${FOLDER}::`],
    ['extended already', FOLDER, FOLDER, FOLDER],
    ['extended already, first', FOLDER, `${FOLDER}:/a`, `${FOLDER}:/a`],
    ['extended already, in the middle', FOLDER, `/a:${FOLDER}:/b`, `/a:${FOLDER}:/b`],
    ['extended already, last', FOLDER, `/a:${FOLDER}`, `/a:${FOLDER}`],
    ['an entry that begins like it', FOLDER, `${FOLDER}3:/a`, `${FOLDER}:${FOLDER}3:/a`],
    ['an entry that ends like it', FOLDER, `/a${FOLDER}`, `${FOLDER}:/a${FOLDER}`],
    ['PYCA_PYTHONPATH unset', undefined, '/a', '/a'],
    ['PYCA_PYTHONPATH unset, as PYTHONPATH', undefined, undefined, undefined],
    ['PYCA_PYTHONPATH empty', '', '/a', '/a'],
    ['PYCA_PYTHONPATH not absolute', 'pyca', undefined, undefined],
    ['PYCA_PYTHONPATH two folders', '/pyca:/tmp', undefined, undefined],
  ];
  for (const [name, source, before, after] of table) {
    testUnless(missing, `PYTHONPATH: ${name}`, () => {
      const variables: Variables = { A: '1', Z: '2' };
      if (source !== undefined) variables.PYCA_PYTHONPATH = source;
      if (before !== undefined) variables.PYTHONPATH = before;
      const environment = environmentAs('python3', variables);
      expect(valueIn('PYTHONPATH', environment)).toBe(after);
      for (const other of ['A=1', 'Z=2']) expect(environment).toContain(other);
    });
  }

  testUnless(missing ?? (emulator[0] && 'slow in the emulator'), 'PYTHONPATH: any list, and once more', () => {
    const entry = fc.constantFrom('', '/', '/a', 'a', '/ä b', FOLDER, `${FOLDER}/`, `${FOLDER}x`, `x${FOLDER}`);
    fc.assert(
      fc.property(fc.array(entry, { minLength: 1, maxLength: 6 }), (entries) => {
        const before = entries.join(':');
        const expected = before === '' ? FOLDER : entries.includes(FOLDER) ? before : `${FOLDER}:${before}`;
        const python = named('python3', program);
        expect(valueIn('PYTHONPATH', environmentOf([python], { ...HOOKED, PYTHONPATH: before }))).toBe(expected);
        const again = environmentOf([python, python], { ...HOOKED, PYTHONPATH: before });
        expect(valueIn('PYTHONPATH', again)).toBe(expected);
      }),
      { numRuns: 60 },
    );
  });

  testUnless(missing, 'PYTHONPATH: 100 KB are kept whole', () => {
    const long = Array.from({ length: 4000 }, (_, index) => `/opt/bazel/external/${index}`)
      .join(':')
      .slice(0, 100_000);
    expect(pythonpathAs('python3', { PYCA_PYTHONPATH: FOLDER, PYTHONPATH: long })).toBe(`${FOLDER}:${long}`);
  });

  testUnless(
    missing ?? (emulator[0] && 'needs its own kernel'),
    'PYTHONPATH: as it was where no child could be started with more',
    () => {
      const fits = `/${'x'.repeat(LONGEST_PYTHONPATH - FOLDER.length - 2)}`;
      const python = named('python3', program);
      const variables = (value: string) => ({ ...HOOKED, PYTHONPATH: value });
      const inChild = (value: string) => valueIn('PYTHONPATH', environmentOf([python, python], variables(value)));
      expect(inChild(fits)).toBe(`${FOLDER}:${fits}`);
      expect(inChild(`${fits}x`)).toBe(`${fits}x`);
      expect(inChild(fits.padEnd(LONGEST_PYTHONPATH, 'x'))).toBe(fits.padEnd(LONGEST_PYTHONPATH, 'x'));
    },
  );

  testUnless(missing, 'named uwsgi gets the folder, and its environment does not grow', () => {
    const size = (environment: readonly string[]) => environment.join('\0').length;
    for (const name of ['uwsgi', 'uwsgi-core'])
      for (const before of [{}, { PYTHONPATH: '' }, { PYTHONPATH: '/a' }]) {
        const given = { PYCA_PYTHONPATH: FOLDER, ...before };
        const environment = environmentAs(name, given);
        expect(valueIn('PYTHONPATH', environment)).toBe(before.PYTHONPATH ? `${FOLDER}:/a` : FOLDER);
        expect(valueIn('PYCA_PYTHONPATH', environment)).toBeUndefined();
        expect(size(environment)).toBeLessThanOrEqual(size(environmentAs('plain', given)));
      }
    const extended = { PYCA_PYTHONPATH: FOLDER, PYTHONPATH: `/a:${FOLDER}` };
    expect(environmentAs('uwsgi', extended)).toEqual(environmentAs('plain', extended));
  });
});
