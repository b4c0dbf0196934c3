/** Installs what applications load into the folder they mount: each file whole or not at all, whoever may be reading it. */

import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { join } from 'node:path';
import { PycaError } from '../diagnostics/errors.ts';

const ARCHITECTURES: Record<string, string> = { x64: 'amd64', arm64: 'arm64' };
const TEMPORARY = /^\.pyca-.*\.tmp$/;
const BYTECODE = '__pycache__';

export type PreloadSource = { library: string; python: string };

/** In the image `preload/` stands beside the bundle; in a checkout the library is built into `dist/`. */
export function findPreload(here: string = import.meta.dirname): PreloadSource {
  const name = `pyca-env.${ARCHITECTURES[process.arch] ?? process.arch}.so`;
  const [bundled, built] = [join(here, 'preload/env', name), join(here, '../dist/preload/env', name)];
  return { library: existsSync(bundled) ? bundled : built, python: join(here, 'preload/python') };
}

/**
 * `folder` is a volume's root: its owner and mode are not ours to change. Files that are as they should be stay untouched,
 * a changed one gets a new inode, so applications that mapped the old one keep it. Throws PRELOAD_FAILED.
 */
export function installPreload({ library, python }: PreloadSource, folder: string): void {
  try {
    const modules = readdirSync(python).filter((name) => name.endsWith('.py') && !name.startsWith('test_'));
    if (!modules.includes('sitecustomize.py')) throw new Error(`${python} has no sitecustomize.py`);
    const target = join(folder, 'python');
    removeFiles(folder, (name) => TEMPORARY.test(name));
    // Python passes over bytecode that was not made of the source it finds, so that may come before it.
    installFolder(join(python, BYTECODE), join(target, BYTECODE), bytecodeOf(python));
    // What loads the others comes last.
    installFolder(
      python,
      target,
      modules.toSorted((a, b) => rank(a) - rank(b)),
    );
    install(library, folder, 'pyca-env.so');
  } catch (error) {
    throw new PycaError('PRELOAD_FAILED', (error as Error).message, { cause: error });
  }
}

/** Built into the image; a checkout has none, or what Python left there. */
function bytecodeOf(python: string): string[] {
  const folder = join(python, BYTECODE);
  return existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.pyc')) : [];
}

function rank(name: string): number {
  return name === 'sitecustomize.py' ? 1 : 0;
}

/** These files and no others of Python's, in this order. */
function installFolder(source: string, target: string, names: string[]): void {
  mkdirSync(target, { recursive: true });
  if ((statSync(target).mode & 0o777) !== 0o755) chmodSync(target, 0o755);
  removeFiles(target, (name) => TEMPORARY.test(name));
  for (const name of names) install(join(source, name), target, name);
  removeFiles(target, (name) => /\.pyc?$/.test(name) && !names.includes(name));
}

function install(source: string, folder: string, name: string): void {
  const target = join(folder, name);
  if (existsSync(target) && readFileSync(target).equals(readFileSync(source))) return;
  const temporary = join(folder, `.pyca-${name}.${process.pid}.tmp`);
  copyFileSync(source, temporary);
  chmodSync(temporary, 0o444);
  renameSync(temporary, target);
}

function removeFiles(folder: string, unwanted: (name: string) => boolean): void {
  for (const name of readdirSync(folder)) if (unwanted(name)) rmSync(join(folder, name), { force: true });
}
