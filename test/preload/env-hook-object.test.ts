/** The built object: small, self-sufficient, hardened, and the same wherever it is built. */

import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, statSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { hookOf, prepare, root } from './env/programs.ts';

const folder = prepare();
const read = (tool: string, ...args: string[]) => execFileSync(tool, args, { encoding: 'utf8' });

describe.each([
  { arch: 'amd64', page: 0x1000, guards: 'x86 feature: IBT, SHSTK' },
  { arch: 'arm64', page: 0x10000, guards: 'AArch64 feature: BTI, PAC' },
])('$arch', ({ arch, page, guards }) => {
  const file = hookOf(arch);

  test('is under 16 KB', () => {
    expect(statSync(file).size).toBeLessThan(16 * 1024);
  });

  test('needs no library, exports nothing, asks for three functions and lives without them', () => {
    const dynamic = read('readelf', '-dW', file);
    expect(dynamic).toContain('(INIT_ARRAY)');
    expect(dynamic).not.toMatch(/NEEDED|SONAME|RUNPATH|TEXTREL|FINI/);
    const symbols = read('nm', '-D', file)
      .trim()
      .split('\n')
      .map((line) => line.trim());
    expect(symbols).toEqual(['w getenv', 'w setenv', 'w unsetenv']);
  });

  test('has the hash tables of every ld.so', () => {
    expect(read('readelf', '-dW', file)).toMatch(/\(HASH\)[\s\S]*\(GNU_HASH\)/);
  });

  test('has nothing that is both writable and executable, and write-protects what is relocated', () => {
    const headers = read('readelf', '-lW', file)
      .split('\n')
      .map((line) => line.trim().split(/\s+/));
    const segments = (type: string) => headers.filter(([first]) => first === type);
    const flags = (segment: string[]) => segment.slice(6, -1).join('');
    expect(segments('LOAD').map(flags)).toEqual(['RE', 'RW']);
    expect(segments('LOAD').map((it) => Number(it.at(-1)))).toEqual([page, page]);
    expect(segments('GNU_STACK').map(flags)).toEqual(['RW']);
    const [relro] = segments('GNU_RELRO');
    const [data] = segments('LOAD').slice(1);
    expect(relro?.[2]).toBe(data?.[2]);
    // The whole of the data segment, up to the end of a page: ld.so protects whole pages only.
    expect(relro?.[5]).toBe(data?.[5]);
    expect((Number(relro?.[2]) + Number(relro?.[5])) % page).toBe(0);
    expect(read('readelf', '-dW', file)).toContain('Flags: NOW');
    expect(read('readelf', '-nW', file)).toContain(guards);
  });

  test('is the same from another folder', () => {
    const copy = join(folder, arch, 'somewhere/else');
    mkdirSync(copy, { recursive: true });
    cpSync(join(root, 'agent/preload/env'), copy, { recursive: true });
    expect(read(join(copy, 'build.sh'), join(copy, 'out'))).toBe('');
    expect(readFileSync(join(copy, `out/pyca-env.${arch}.so`)).equals(readFileSync(file))).toBe(true);
  });
});

test('build says what to install where a compiler is missing', () => {
  const bin = join(folder, 'bin');
  mkdirSync(bin);
  for (const tool of ['dirname', 'mkdir', 'mv']) symlinkSync(join('/usr/bin', tool), join(bin, tool));
  const build = () =>
    execFileSync('/bin/sh', [join(root, 'agent/preload/env/build.sh'), folder], { env: { PATH: bin }, stdio: 'pipe' });
  expect(build).toThrow('no x86_64-linux-gnu-gcc for amd64: apt-get install gcc-x86-64-linux-gnu');
});
