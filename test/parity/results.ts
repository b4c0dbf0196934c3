/** What a run found so far, kept in the cache: a whole one takes an hour, and `--resume` goes on with one that was interrupted. */

import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CACHE } from '../python/packages.ts';
import type { ParityRun } from './parity-run.ts';

const FOLDER = join(CACHE, 'parity-results');

export function forgetResults(): void {
  rmSync(FOLDER, { recursive: true, force: true });
}

/** The result of that name, or what `work` gives. */
export function resultOf(name: string, work: () => ParityRun): ParityRun {
  const file = join(FOLDER, `${name}.json`);
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    const result = work();
    mkdirSync(FOLDER, { recursive: true });
    writeFileSync(file, JSON.stringify(result));
    return result;
  }
}
