/** A project's `.env` file: settings that stand in for what the real environment does not say. */

import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { parseEnv } from 'node:util';
import { PycaError } from '../../diagnostics/errors.ts';

export type DotEnv = { file: string; values: NodeJS.Dict<string>; lineOf: (name: string) => number };

/** The root of the repository that `folder` is in, as far as folders tell: git itself need not be there. */
export function findProjectRoot(folder: string): string | null {
  for (let at = resolve(folder); ; at = dirname(at)) {
    if (existsSync(join(at, '.git'))) return at;
    if (dirname(at) === at) return null;
  }
}

/** That of the project's root, else that of `folder`; null where there is none. Throws CONFIG_INVALID where it can't be read. */
export function readDotEnv(folder: string): DotEnv | null {
  const root = findProjectRoot(folder);
  for (const place of new Set([root ?? folder, folder])) {
    const file = join(resolve(place), '.env');
    const text = read(file);
    if (text !== null) return { file, values: parseEnv(text), lineOf: (name) => lineOf(name, text) };
  }
  return null;
}

/** A folder of this name is a virtual environment, and a pipe may have nobody who writes to it. */
function read(file: string): string | null {
  try {
    const stat = statSync(file);
    if (!stat.isFile() || isLaidReady(stat.uid, dirname(file))) return null;
    return readFileSync(file, 'utf8').replace(/^\uFEFF/, '');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return null;
    throw new PycaError('CONFIG_INVALID', `${file}: cannot be read (${code})`);
  }
}

/** In a folder as /tmp anybody may write one, and have our reports and tokens sent to himself. */
function isLaidReady(owner: number, folder: string): boolean {
  return (statSync(folder).mode & 0o002) > 0 && owner !== process.geteuid?.() && owner !== 0;
}

/** Of several the last counts, as for `parseEnv`. */
function lineOf(name: string, text: string): number {
  const assignment = new RegExp(`^\\s*(export\\s+)?${name}\\s*=`);
  return text.split('\n').findLastIndex((line) => assignment.test(line)) + 1;
}
