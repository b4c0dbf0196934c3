import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { inheritance } from './run-inheritance.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'pyca-inheritance-'));
  for (const name of ['prlimit', 'env']) writeFileSync(join(folder, name), '', { mode: 0o755 });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const STDIO = ['inherit', 'inherit', 'inherit'];

test.each([
  [undefined, []],
  ['', []],
  ['nonsense', []],
  ['nofile=1024 ignored=0000000000000000 fds=', ['prlimit', '--nofile=1024:', '--']],
  ['nofile=unlimited ignored=0 fds=', []],
  ['nofile=1024 ignored=1005 fds=', ['prlimit', '--nofile=1024:', '--', 'env', '--ignore-signal=HUP,QUIT,PIPE', '--']],
  ['nofile= ignored=zz fds=', []],
])('%j is set right by %j', (text, launcher) => {
  const { launcher: found, stdio } = inheritance(text, `/nowhere:${folder}`);
  expect(found.map((part) => part.replace(`${folder}/`, ''))).toEqual(launcher);
  expect(stdio).toEqual(STDIO);
});

test('where the programs for it are not there, nothing is', () => {
  expect(inheritance('nofile=1024 ignored=1 fds=', '/nowhere').launcher).toEqual([]);
});

test('further files go where they were, but for those that are closed', () => {
  const file = openSync(join(folder, 'env'), 'r');
  const { stdio } = inheritance(`nofile= ignored=0 fds=${file},x,2,99999`);
  const expected = [...STDIO, ...Array(file - 3).fill('ignore'), file];
  expect(stdio).toEqual(expected);
  closeSync(file);
});
