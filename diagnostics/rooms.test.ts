import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

/** A room may import what stands before it, never what stands behind it. */
const ROOMS = ['diagnostics', 'coverage', 'agent', 'operator', 'crds', 'bin'];
const root = join(import.meta.dirname, '..');

test('imports between rooms go one way', () => {
  const files = ROOMS.flatMap((room) => globSync(`${room}/**/*.ts`, { cwd: root })).filter(
    (file) => !file.endsWith('.test.ts'),
  );
  expect(files.length).toBeGreaterThan(50);
  const wrong = files.flatMap((file) => {
    const [room = ''] = file.split('/');
    const imports = readFileSync(join(root, file), 'utf8').matchAll(/from '(?:\.\.\/)+(\w+)\//g);
    const backwards = [...imports].filter(([, other = '']) => ROOMS.indexOf(other) > ROOMS.indexOf(room));
    return backwards.map(([text]) => `${file}: ${text}`);
  });
  expect(wrong).toEqual([]);
});
