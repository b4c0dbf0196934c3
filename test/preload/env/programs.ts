/** Real programs to run under the hook: what this machine has, and what its compilers can make of the fixtures beside. */

import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, globSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, test } from 'vitest';

const here = import.meta.dirname;
export const root = join(here, '../../..');
export const architecture = process.arch === 'arm64' ? 'arm64' : 'amd64';
export const hookOf = (arch: string) => join(root, 'dist/preload/env', `pyca-env.${arch}.so`);
export const hook = hookOf(architecture);
export const FOLDER = '/pyca/preload/python';
export const HOOKED = { LD_PRELOAD: hook, PYCA_PYTHONPATH: FOLDER };

export type Variables = Record<string, string>;

/** Builds the hook before the tests of a file, and gives them a folder of their own. */
export function prepare(): string {
  const folder = mkdtempSync(join(tmpdir(), 'pyca-env-'));
  beforeAll(() => {
    execFileSync(join(root, 'agent/preload/env/build.sh'), { stdio: ['ignore', 'inherit', 'inherit'] });
  });
  afterAll(() => rmSync(folder, { recursive: true }));
  return folder;
}

/** A test, or where something is missing on this machine one that is skipped and says what. */
export function testUnless(missing: string | undefined, name: string, body: () => void): void {
  if (missing) test.skip(`${name} [${missing}]`, body);
  else test(name, body);
}

/** Runs a program in exactly this environment. It has to end well and be silent on stderr. */
export function run([file, ...args]: readonly string[], variables: Variables, cwd?: string): string {
  const result = spawnSync(file as string, args, {
    env: variables,
    encoding: 'utf8',
    maxBuffer: 1 << 24,
    cwd,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  if (result.error) throw result.error;
  if (result.status !== 0 || result.stderr) {
    throw new Error(`${file} ended with ${result.signal ?? result.status}: ${result.stderr}`);
  }
  return result.stdout;
}

/** The environment that a program which prints it, each variable ended by a NUL, finds itself in; in its order. */
export function environmentOf(command: readonly string[], variables: Variables): string[] {
  return run(command, variables).split('\0').slice(0, -1);
}

export function valueIn(name: string, environment: readonly string[]): string | undefined {
  const found = environment.filter((variable) => variable.startsWith(`${name}=`));
  if (found.length > 1) throw new Error(`${name} is there ${found.length} times`);
  return found[0]?.slice(name.length + 1);
}

export function compile(compiler: string, source: string, into: string, ...flags: string[]): string {
  execFileSync(compiler, ['-Wall', '-Wextra', '-Werror', ...flags, join(here, source), '-o', into]);
  return into;
}

/** Copies a program under another name: /proc/self/exe names the file, not the link. */
export function named(name: string, program: string): string {
  const copy = join(`${program}.named`, name);
  mkdirSync(dirname(copy), { recursive: true });
  copyFileSync(program, copy);
  return copy;
}

/** Why a program can't be run here, or undefined where it can. */
export function lacking(...files: string[]): string | undefined {
  const missing = files.filter((file) => (file.includes('/') ? !existsSync(file) : !onPath(file)));
  return missing.length > 0 ? `not on this machine: ${missing.join(', ')}` : undefined;
}

function onPath(file: string): boolean {
  return (process.env.PATH ?? '').split(':').some((folder) => existsSync(join(folder, file)));
}

export interface Interpreter {
  readonly file: string;
  /** 3.12 */
  readonly version: string;
}

/** Every CPython of this machine, by version; the file is what /proc/self/exe of a process of it says. */
export function interpreters(): Interpreter[] {
  const candidates = globSync([
    join(homedir(), '.pyenv/versions/*/bin/python'),
    join(homedir(), '.local/share/uv/python/*/bin/python3'),
    '/opt/hostedtoolcache/Python/*/*/bin/python',
    '/usr/local/bin/python3.{?,??}',
    '/usr/bin/python{2,3,3.?,3.??}',
    ...(process.env.PATH ?? '').split(':').map((folder) => join(folder, 'python3')),
  ]);
  const print = `import os, platform, sys
print("%s %d.%d %s" % ((platform.python_implementation(),) + sys.version_info[:2] + (os.path.realpath(sys.executable),)))`;
  const found = new Map<string, string>();
  for (const candidate of candidates) {
    const { stdout } = spawnSync(candidate, ['-c', print], { encoding: 'utf8' });
    const [, version, file] = /^CPython (\d+\.\d+) (.+)$/m.exec(stdout ?? '') ?? [];
    if (version && file) found.set(file, version);
  }
  return [...found]
    .map(([file, version]) => ({ file, version }))
    .sort((a, b) => Number(a.version.split('.')[1]) - Number(b.version.split('.')[1]));
}
