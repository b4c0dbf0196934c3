import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../../test/fixtures/temporary-folder.ts';
import { BoundedLog } from './bounded-log.ts';

test('two files hold the latest lines, whole', () => {
  const file = join(temporaryFolder(), 'agent.log');
  const log = new BoundedLog(file, 30);
  for (let i = 0; i < 10; i++) log.write(`line number ${i}\n`);
  expect(readFileSync(`${file}.1`, 'utf8')).toBe('line number 6\nline number 7\n');
  expect(readFileSync(file, 'utf8')).toBe('line number 8\nline number 9\n');
});

test('a folder that has gone is nobody’s trouble', () => {
  const folder = temporaryFolder();
  rmSync(folder, { recursive: true });
  new BoundedLog(join(folder, 'agent.log')).write('x\n');
  expect(existsSync(folder)).toBe(false);
});
