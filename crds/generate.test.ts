import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { COPIES, printDefinition } from './generate.ts';

test.each(COPIES)('%s is what the schema says', async (path) => {
  expect(await readFile(path, 'utf8'), 'run: npm run generate').toBe(printDefinition());
});
