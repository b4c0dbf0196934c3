/** Folders for workloads, and the Pythons that they are run on. */

import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inChroot, type Python, supported } from '../preload/python/pythons.ts';

/** BENCH_PYTHONS=3.12,3.13 asks for some. Those of a chroot have no valgrind. */
const VERSIONS = (process.env.BENCH_PYTHONS ?? '3.8,3.11,3.12,3.13').split(',');

/** How often each collector's turn comes. */
export const ROUNDS = Number(process.env.BENCH_ROUNDS ?? 5);

export const benchPythons: readonly Python[] = supported.filter(
  (python) => VERSIONS.includes(python.version) && !inChroot(python),
);

export function inFolder<T>(use: (folder: string) => T): T {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'pyca-bench-')));
  try {
    return use(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
