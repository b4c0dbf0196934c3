/** What a workload is run under: nothing, PYCA, or one of its peers. Each leaves out what lies below `site-packages`. */

import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Python } from '../preload/python/pythons.ts';
import { CACHE, sitePackages } from '../python/packages.ts';

const PRELOAD = join(import.meta.dirname, '../../agent/preload/python');
/** With pyperf's stand-in. */
const SITE = join(import.meta.dirname, 'site-packages');

export type Collector = 'none' | 'pyca' | 'ctrace' | 'sysmon' | 'slipcover';
export type Command = { command: string; args: string[]; env: Record<string, string>; cwd: string };

export const PEERS: Record<Exclude<Collector, 'none' | 'pyca'>, string> = {
  ctrace: 'coverage.py ctrace',
  sysmon: 'coverage.py sysmon',
  slipcover: 'slipcover',
};

export function collectorsOf({ series }: Python): Collector[] {
  const all: Collector[] = ['none', 'pyca', 'ctrace', 'sysmon', 'slipcover'];
  return series[1] >= 12 ? all : all.filter((name) => name !== 'sysmon');
}

/** `python SCRIPT…` in a folder where nothing of a run before is left, unless `again`. */
export function commandUnder(
  collector: Collector,
  { python, folder, script, again }: { python: Python; folder: string; script: readonly string[]; again?: boolean },
): Command {
  const state = join(folder, `.state-${collector}`);
  if (!again) rmSync(state, { recursive: true, force: true });
  mkdirSync(state, { recursive: true });
  const series = python.series[1] < 11 ? '3.8' : '3.11';
  const path = [SITE, sitePackages(python, join(import.meta.dirname, `requirements/${series}.txt`))];
  const env = { PATH: process.env.PATH ?? '', PYCA_TEST_CACHE: CACHE, PYTHONHASHSEED: '0' };
  const run = (args: string[], more: Record<string, string> = {}, before: string[] = []): Command => ({
    command: python.command,
    args: [...args, ...script],
    env: { ...env, PYTHONPATH: [...before, ...path].join(':'), ...more },
    cwd: folder,
  });
  if (collector === 'none') return run([]);
  if (collector === 'pyca') return run([], { PYCA_DATA: state }, [PRELOAD]);
  if (collector === 'slipcover')
    return run(['-m', 'slipcover', '--omit', '*/site-packages/*', '--json', '--out', join(state, 'lines.json')]);
  const config = join(state, 'coveragerc');
  writeFileSync(config, `[run]\ndata_file = ${join(state, 'data')}\nomit = */site-packages/*\n`);
  return run(['-m', 'coverage', 'run', '--rcfile', config], { COVERAGE_CORE: collector });
}
