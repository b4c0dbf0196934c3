import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../../test/fixtures/temporary-folder.ts';
import { makeFolder } from './folder.ts';

test('makes what is missing; the mode is that of the innermost', () => {
  const folder = join(temporaryFolder(), 'a/b');
  for (let i = 0; i < 2; i++) makeFolder(folder, 0o700);
  expect(statSync(folder).mode & 0o777).toBe(0o700);
  expect(statSync(join(folder, '..')).mode & 0o700).toBe(0o700);
});

test.each([
  ['where nothing can be made', () => '/proc/pyca/a/b', 'ENOENT'],
  ['at a file', file, 'EEXIST'],
  ['below a file', () => join(file(), 'a/b'), 'EEXIST'],
])('%s it says so at once', (_, path, code) => {
  expect(() => makeFolder(path())).toThrow(expect.objectContaining({ code }));
});

function file(): string {
  const path = join(temporaryFolder(), 'file');
  writeFileSync(path, '');
  return path;
}
