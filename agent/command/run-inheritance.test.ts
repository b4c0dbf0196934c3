import { execFileSync, spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { inheritance } from './run-inheritance.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'pyca-inheritance-'));
  for (const name of ['prlimit', 'env', 'sh']) writeFileSync(join(folder, name), '#!/bin/sh\n', { mode: 0o755 });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const LIMIT = ['prlimit', '--nofile=1024:', '--'];
const STDIO = ['inherit', 'inherit', 'inherit'];

test.each([
  [undefined, []],
  ['', []],
  ['nonsense', []],
  ['nofile=1024 ignored=0000000000000000 fds=', LIMIT],
  ['nofile=unlimited ignored=0 fds=', []],
  ['nofile=1024 ignored=1005 fds=', [...LIMIT, 'env', '--ignore-signal=1,3,13', '--']],
  ['nofile= ignored=zz fds=', []],
])('%j is set right by %j', (text, launcher) => {
  const { launcher: found, stdio } = inheritance(text, `/nowhere:${folder}`);
  expect(found.map((part) => part.replace(`${folder}/`, ''))).toEqual(launcher);
  expect(stdio).toEqual(STDIO);
});

test('where the programs for it are not there, nothing is', () => {
  expect(inheritance('nofile=1024 ignored=1 fds=', '/nowhere').launcher).toEqual([]);
});

test.each([
  ['env', 'ln -s /usr/bin/env /bin/sh .'],
  ['sh, where env is an old one', 'ln -s /bin/sh . && printf "#!/bin/sh\\nexit 125\\n" >env && chmod +x env'],
])('%s keeps the signals ignored, and the command as it is', (_, setUp) => {
  const path = mkdtempSync(join(folder, 'path-'));
  execFileSync('bash', ['-c', setUp], { cwd: path });
  const [file = '', ...args] = inheritance('nofile= ignored=3005 fds=', path).launcher;
  const command = ['bash', '-c', 'grep SigIgn /proc/self/status; printf "<%s>" "$@"', '-', 'a b', '', '--'];
  const { stdout } = spawnSync(file, [...args, ...command], { encoding: 'utf8' });
  const [, ignored = '', rest] = /^SigIgn:\s([0-9a-f]+)\n(.*)$/.exec(stdout) ?? [];
  // The tests may run in the background, where a shell has more of them ignored.
  expect(Number(`0x${ignored.slice(-4)}`) & 0x3005).toBe(0x3005);
  expect(rest).toBe('<a b><><-->');
});

test('further files go where they were, but for those that are closed', () => {
  const file = openSync(join(folder, 'sh'), 'r');
  const { stdio } = inheritance(`nofile= ignored=0 fds=${file},x,2,99999`);
  const expected = [...STDIO, ...Array(file - 3).fill('ignore'), file];
  expect(stdio).toEqual(expected);
  closeSync(file);
});
