/** The interpreters of this machine: those the collector supports, each of which a test runs on, and older ones. */

import { execFileSync, spawnSync } from 'node:child_process';
import { globSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, test } from 'vitest';

/** `command` runs it, `version` is as in 3.13, `series` in numbers. */
export type Python = { command: string; version: string; series: readonly [number, number] };

const SUPPORTED = ['3.8', '3.9', '3.10', '3.11', '3.12', '3.13', '3.14', '3.15'];
/** Debian's, in a chroot, for a machine that lacks them. */
const DEBIAN = ['3.14', '3.15'];
const ABOUT = 'import sys; print("%d.%d" % sys.version_info[:2] + getattr(sys, "abiflags", ""))';

function candidates(): string[] {
  const pyenv = globSync(join(homedir(), '.pyenv/versions/*/bin/python')).sort();
  const folders = (process.env.PATH ?? '').split(':').filter((folder) => !folder.includes('/shims'));
  const names = ['python2.7', 'python3', ...Array.from({ length: 9 }, (_, minor) => `python3.${minor + 6}`)];
  return [...pyenv, ...folders.flatMap((folder) => globSync(names.map((name) => join(folder, name))))];
}

function identify(command: string): Python | string {
  const about = spawnSync(command, ['-E', '-c', ABOUT], { encoding: 'utf8', cwd: '/tmp' });
  const version = about.stdout?.trim() ?? '';
  const series = /^(\d+)\.(\d+)m?$/.exec(version);
  if (!series) return about.stderr?.trim().split('\n').at(-1) || version || 'not to be run';
  return { command, version: version.replace('m', ''), series: [Number(series[1]), Number(series[2])] };
}

const found = new Map<string, Python>();
for (const command of candidates()) {
  const python = identify(command);
  if (typeof python !== 'string' && !found.has(python.version)) found.set(python.version, python);
}
const chroots = new Set<string>();
const reasons = new Map<string, string>();
for (const version of DEBIAN.filter((version) => !found.has(version))) {
  const command = join(import.meta.dirname, `../python-${version}.sh`);
  const python = identify(command);
  if (typeof python === 'string') reasons.set(version, python);
  else found.set(version, python);
  chroots.add(command);
}

export const supported = SUPPORTED.flatMap((version) => found.get(version) ?? []);
export const unsupported = [...found.values()].filter(({ version }) => !SUPPORTED.includes(version));

/** Describes a behaviour on every supported Python; one that the machine lacks is a skipped test that says so. */
export function onEachPython(subject: string, body: (python: Python) => void): void {
  for (const version of SUPPORTED) {
    const python = found.get(version);
    const reason = reasons.get(version) ?? 'not on this machine';
    if (python) describe(`${subject}, CPython ${version}`, () => body(python));
    else test.skip(`${subject}, CPython ${version} [${reason}]`, () => {});
  }
}

/** The free-threaded build of 3.13, made when it is asked for; the reason where it can't be had. */
export function freeThreaded(): Python | string {
  const command = join(import.meta.dirname, '../python-3.13t.sh');
  const about = spawnSync(command, ['-c', ABOUT], { encoding: 'utf8', cwd: '/tmp' });
  if (about.stdout?.trim() === '3.13t') return { command, version: '3.13', series: [3, 13] };
  return about.stderr?.trim().split('\n').at(-1) ?? 'not to be run';
}

/** Whether lines are marked by probes in the bytecode: before 3.12 there is no sys.monitoring. */
export const byProbes = ({ series }: Python) => series[0] === 3 && series[1] < 12;

export const inChroot = (python: Python) => chroots.has(python.command);

/** The last releases of coverage.py for Pythons that newer ones have left behind. */
const COVERAGE_PY: Readonly<Record<string, string>> = { '3.8': '7.6.1', '3.9': '7.10.7', '3.10': '7.16.2' };

/** A folder with coverage.py for this Python; it is installed once, and kept in the cache. */
export function coveragePy(python: Python): string {
  const { PYCA_TEST_CACHE, XDG_CACHE_HOME } = process.env;
  const cache = PYCA_TEST_CACHE ?? join(XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'pyca');
  const release = COVERAGE_PY[python.version] ?? '7.17.3';
  const folder = join(cache, `coverage-${release}`, `cp${python.series.join('')}`, 'site-packages');
  const isThere = () => globSync(join(folder, 'coverage/tracer*.so')).length > 0;
  if (isThere()) return folder;
  const installer = [...found.values()]
    .filter(({ command }) => spawnSync(command, ['-m', 'pip', '--version'], { cwd: '/tmp' }).status === 0)
    .sort((a, b) => a.series[0] - b.series[0] || a.series[1] - b.series[1])
    .at(-1);
  if (!installer) throw new Error('no Python on this machine has pip, which installs coverage.py');
  const wheel = ['--python-version', python.version, '--implementation', 'cp', '--only-binary=:all:', '--no-deps'];
  const options = ['--quiet', '--ignore-requires-python', '--disable-pip-version-check', '--root-user-action=ignore'];
  mkdirSync(dirname(folder), { recursive: true });
  const draft = mkdtempSync(`${folder}.`);
  try {
    const target = ['--target', draft, `coverage==${release}`];
    execFileSync(installer.command, ['-m', 'pip', 'install', ...options, ...wheel, ...target], { cwd: '/tmp' });
    renameSync(draft, folder);
  } catch (error) {
    // Of two that install it at once the second takes the first's.
    rmSync(draft, { recursive: true, force: true });
    if (!isThere()) throw error;
  }
  return folder;
}
