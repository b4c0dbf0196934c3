/** Packages of PyPI for one Python of this machine: installed once, pinned, and kept in the cache. */

import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { inChroot, type Python, supported } from './pythons.ts';

/** For CPython 3.8 to 3.11, and for 3.12 and later. */
const VERSIONS = {
  beartype: ['0.19.0', '0.23.1'],
  celery: ['5.5.3', '5.7.0'],
  cloudpickle: ['3.1.2', '3.1.2'],
  debugpy: ['1.8.21', '1.8.22'],
  dill: ['0.4.0', '0.4.1'],
  gevent: ['24.2.1', '26.9.0'],
  gunicorn: ['23.0.0', '27.0.1'],
  hypercorn: ['0.17.3', '0.18.0'],
  hypothesis: ['6.113.0', '6.170.15'],
  icecream: ['2.2.0', '2.2.0'],
  packaging: ['24.2', '26.3'],
  numba: ['0.58.1', '0.68.1'],
  pytest: ['8.3.5', '9.2.0'],
  'pytest-cov': ['5.0.0', '7.1.0'],
  typeguard: ['4.4.0', '4.6.0'],
  uvicorn: ['0.33.0', '0.54.0'],
  uvloop: ['0.23.0', '0.23.0'],
  uwsgi: ['2.0.31', '2.0.31'],
} as const;

export type Package = keyof typeof VERSIONS;

const OPTIONS = ['--quiet', '--disable-pip-version-check', '--root-user-action=ignore', '--no-compile', '--use-pep517'];

export const cacheFolder = () => {
  const { PYCA_TEST_CACHE, XDG_CACHE_HOME } = process.env;
  return PYCA_TEST_CACHE ?? join(XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'pyca');
};

/** A `site-packages` folder with these packages and what they need; their commands are in its `bin/`. */
export function pythonPackages(python: Python, ...packages: Package[]): string {
  const requirements = packages.map((name) => `${name}==${VERSIONS[name][python.series[1] < 12 ? 0 : 1]}`);
  const name = requirements.map((requirement) => requirement.replace('==', '-')).join('_');
  const folder = join(cacheFolder(), 'packages', `cp${python.series.join('')}`, name, 'site-packages');
  if (existsSync(folder)) return folder;
  mkdirSync(dirname(folder), { recursive: true });
  const draft = mkdtempSync(`${folder}.`);
  try {
    const [command, ...foreign] = installer(python);
    const target = ['--target', draft, ...requirements];
    execFileSync(command, ['-m', 'pip', 'install', ...OPTIONS, ...foreign, ...target], { cwd: '/tmp' });
    renameSync(draft, folder);
  } catch (error) {
    // Of two that install them at once the second takes the first's.
    rmSync(draft, { recursive: true, force: true });
    if (!existsSync(folder)) throw error;
  }
  return folder;
}

/** The Python whose pip does it, and what tells that pip for whom: Debian's in the chroot has none of its own. */
function installer(python: Python): [string, ...string[]] {
  if (!inChroot(python)) return [python.command];
  const other = supported.findLast((other) => !inChroot(other));
  if (!other) throw new Error('no Python on this machine has pip');
  return [other.command, '--python-version', python.version, '--implementation', 'cp', '--only-binary=:all:'];
}
