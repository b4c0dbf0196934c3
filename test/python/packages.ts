/** Packages from PyPI that tests and benchmarks run: pinned, kept in the cache of the tests, never in the checkout. */

import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, globSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { basename, join } from 'node:path';
import { inChroot, type Python, supported, unsupported } from '../preload/python/pythons.ts';

const { PYCA_TEST_CACHE, XDG_CACHE_HOME } = process.env;
export const CACHE = PYCA_TEST_CACHE ?? join(XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'pyca');
const QUIETLY = ['--quiet', '--disable-pip-version-check'];

/** Wheels of exactly the requirements of a file (`name==version` lines, dependencies included), as a `site-packages` for one Python. */
export function sitePackages(python: Python, requirements: string): string {
  const hash = createHash('sha256').update(readFileSync(requirements)).digest('hex').slice(0, 12);
  return installed(
    join(CACHE, 'packages', `${basename(requirements, '.txt')}-${hash}`, `cp${python.version}`),
    (draft) =>
      pip(
        'install',
        ...['--root-user-action=ignore', '--no-deps', '--only-binary=:all:', '--no-compile'],
        ...['--implementation', 'cp', '--python-version', python.version],
        ...['--target', join(draft, 'site-packages'), '--requirement', requirements],
      ),
  ).concat('/site-packages');
}

/** The source distribution of `name==version`, unpacked. */
export function sourceDistribution(requirement: string): string {
  const name = requirement.split('==')[0] ?? requirement;
  const folder = installed(join(CACHE, 'sources', requirement), (draft) => {
    pip('download', '--no-deps', '--no-binary', name, '--dest', draft, requirement);
    const [archive] = globSync(join(draft, '*.tar.gz'));
    if (!archive) throw new Error(`${requirement} has no source distribution`);
    execFileSync('tar', ['--extract', '--file', archive, '--directory', draft, '--no-same-owner']);
    rmSync(archive);
  });
  const [root] = globSync(join(folder, '*/'));
  if (!root) throw new Error(`${folder} is empty`);
  return root;
}

/** A folder that `install` fills, once; of two that do so at once the second takes the first's. */
function installed(folder: string, install: (draft: string) => void): string {
  if (existsSync(folder)) return folder;
  mkdirSync(join(folder, '..'), { recursive: true });
  const draft = mkdtempSync(`${folder}.`);
  try {
    install(draft);
    renameSync(draft, folder);
  } catch (error) {
    rmSync(draft, { recursive: true, force: true });
    if (!existsSync(folder)) throw error;
  }
  return folder;
}

function pip(...args: string[]): void {
  execFileSync(installer(), ['-m', 'pip', args[0] ?? '', ...QUIETLY, ...args.slice(1)], { cwd: '/tmp' });
}

let found: string | undefined;

/** The newest Python of this machine that has pip: it installs for the others too. */
function installer(): string {
  found ??= [...supported, ...unsupported]
    .filter((python) => !inChroot(python))
    .sort((a, b) => b.series[0] - a.series[0] || b.series[1] - a.series[1])
    .find(({ command }) => spawnSync(command, ['-m', 'pip', '--version'], { cwd: '/tmp' }).status === 0)?.command;
  if (!found) throw new Error('no Python on this machine has pip, which installs packages');
  return found;
}
