/**
 * What Node changes as it starts and a command would inherit of it: it raises the limit of open files, stops ignoring
 * signals (nohup) and keeps further open files to itself (bash's `<(…)`, make's job server). Who starts Node tells in
 * PYCA_INHERITED how it was: `nofile=1024 ignored=0000000000000001 fds=3,63`.
 */

import { type StdioOptions, spawnSync } from 'node:child_process';
import { accessSync, constants, fstatSync } from 'node:fs';
import { join } from 'node:path';

export type Inheritance = {
  /** A program before the command that sets right what is to be set right; it becomes the command. */
  launcher: string[];
  stdio: StdioOptions;
};

/** `path` is where util-linux' prlimit, env and sh are looked for: without them the command has what Node has. */
export function inheritance(text: string | undefined, path = '/usr/bin:/bin'): Inheritance {
  const { nofile, ignored = '0', fds = '' } = Object.fromEntries(text?.split(' ').map((part) => part.split('=')) ?? []);
  const signals = ignoredSignals(ignored);
  return {
    launcher: [
      ...(/^\d+$/.test(nofile) ? program('prlimit', path, [`--nofile=${nofile}:`, '--']) : []),
      ...(signals.length > 0 ? ignoring(signals, path) : []),
    ],
    stdio: passOn(fds.split(',').filter(Boolean).map(Number)),
  };
}

/** `mask` in hex, as SigIgn of /proc/PID/status. Those that Node ignores itself are reset for the command as it starts. */
function ignoredSignals(mask: string): number[] {
  if (!/^[0-9a-f]+$/.test(mask)) return [];
  const bits = BigInt(`0x${mask}`);
  return Array.from({ length: 31 }, (_, index) => index + 1).filter((number) => (bits >> BigInt(number - 1)) & 1n);
}

/**
 * By coreutils' env; where that is older than 8.31 (RHEL 8) or another's (Alpine), and would not run the command at all,
 * by a shell, which may drop variables that it could not name itself.
 */
function ignoring(signals: number[], path: string): string[] {
  const [env = '', ...args] = program('env', path, [`--ignore-signal=${signals}`, '--']);
  if (env && spawnSync(env, [...args, 'true']).status === 0) return [env, ...args];
  return program('sh', path, ['-c', `trap '' ${signals.join(' ')}; exec "$@"`, 'pyca']);
}

function passOn(fds: number[]): StdioOptions {
  const stdio: (number | 'inherit' | 'ignore')[] = ['inherit', 'inherit', 'inherit'];
  for (const fd of fds.filter((fd) => fd > 2 && isOpen(fd))) {
    while (stdio.length < fd) stdio.push('ignore');
    stdio[fd] = fd;
  }
  return stdio;
}

function isOpen(fd: number): boolean {
  try {
    fstatSync(fd);
    return true;
  } catch {
    return false;
  }
}

function program(name: string, path: string, args: string[]): string[] {
  const file = path
    .split(':')
    .map((folder) => join(folder, name))
    .find(isExecutable);
  return file ? [file, ...args] : [];
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
