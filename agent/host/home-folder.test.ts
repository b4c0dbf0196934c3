import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { homeFolder } from './home-folder.ts';

test('is what HOME says, where that is a path', () => {
  expect(homeFolder({ HOME: '/home/me' })).toBe('/home/me');
  expect(homeFolder({ HOME: 'relative' })).toBe(homeFolder({}));
});

test.skipIf(process.getuid?.() !== 0)('is there for a user whom the system does not know', () => {
  const code = `process.setuid(54321); import(${JSON.stringify(join(import.meta.dirname, 'home-folder.ts'))}).then((m) => console.log(m.homeFolder({})))`;
  expect(execFileSync(process.execPath, ['-e', code], { encoding: 'utf8' })).toBe('/\n');
});
