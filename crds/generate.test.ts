import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { GENERATED, ROOT } from './generate.ts';

test.each(Object.entries(GENERATED))('%s is what the schema says', async (file, print) => {
  expect(await readFile(join(ROOT, file), 'utf8'), 'run: npm run generate').toBe(print());
});
