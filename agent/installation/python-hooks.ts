/** Which Pythons the hooks of `pyca install` are in: those of the PATH and of the virtual environment. */

import { execFile } from 'node:child_process';
import { existsSync, readdirSync, realpathSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';

export type PythonHooks = {
  /** As the PATH names it. */
  python: string;
  version: string;
  /** Where its hooks are; null where it has none. */
  folder: string | null;
};

const NAME = /^python3?(\.\d+t?)?$/;
const HOOK = 'platform_coverage_agent.pth';
const MOST = 30;
const TIMEOUT = 5_000;

/** -I: the hooks themselves don't start in it. */
const ASK = [
  '-I',
  '-c',
  'import json, platform, site, sys\n' +
    'print(json.dumps([platform.python_version(), sys.prefix, site.getsitepackages() + [site.getusersitepackages()]]))',
];

/** One entry for each installation, whatever names it goes by. */
export async function findPythonHooks(env: NodeJS.ProcessEnv = process.env): Promise<PythonHooks[]> {
  const found = await Promise.all(candidates(env).map((python) => ask(python, env)));
  const byPrefix = new Map<string, PythonHooks>();
  for (const one of found) if (one && !byPrefix.has(one.prefix)) byPrefix.set(one.prefix, one.hooks);
  return [...byPrefix.values()];
}

/** What leads to one program from one folder is asked once; the program of a virtual environment is that of another folder. */
function candidates({ PATH = '', VIRTUAL_ENV }: NodeJS.ProcessEnv): string[] {
  const environments = [VIRTUAL_ENV, ownEnvironment()].flatMap((folder) => (folder ? [join(folder, 'bin')] : []));
  const folders = [...environments, ...PATH.split(delimiter)].filter(Boolean);
  const byProgram = new Map<string, string>();
  for (const folder of new Set(folders)) {
    for (const name of pythons(folder)) {
      const key = `${realpath(folder)} ${realpath(join(folder, name))}`;
      if (!byProgram.has(key)) byProgram.set(key, join(folder, name));
    }
  }
  return [...byProgram.values()].slice(0, MOST);
}

/** That of the wheel, whose command is called by its path as well. */
function ownEnvironment(): string | undefined {
  return /^(.*)\/lib\/python3[^/]*\/site-packages\//.exec(import.meta.dirname)?.[1];
}

function pythons(folder: string): string[] {
  try {
    return readdirSync(folder).filter((name) => NAME.test(name));
  } catch {
    return [];
  }
}

async function ask(
  python: string,
  env: NodeJS.ProcessEnv,
): Promise<{ prefix: string; hooks: PythonHooks } | undefined> {
  try {
    const { stdout } = await promisify(execFile)(python, ASK, { env, cwd: dirname(python), timeout: TIMEOUT });
    const [version, prefix, folders] = JSON.parse(stdout) as [string, string, string[]];
    const folder = folders.find((place) => existsSync(join(place, HOOK))) ?? null;
    return { prefix, hooks: { python, version, folder } };
  } catch {
    return undefined;
  }
}

function realpath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}
