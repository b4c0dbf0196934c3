/** Runs a process for its figures: the instructions that it executed, or the time that it took. */

import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Command } from './collectors.ts';

const TIMEOUT = 600_000;

/** What pyperf's stand-in prints: the seconds of each loop, and what memory the process took after the last. */
export type Measured = { seconds: number[]; Rss: number; Pss: number; Private_Dirty: number };

export function run(command: Command, environment: Record<string, string> = {}): { stdout: string; seconds: number } {
  const began = performance.now();
  const stdout = spawned(command.command, command.args, command, environment);
  return { stdout, seconds: (performance.now() - began) / 1000 };
}

export function measure(command: Command, loops: { WARM: number; LOOPS: number }): Measured {
  const { stdout } = run(command, { WARM: `${loops.WARM}`, LOOPS: `${loops.LOOPS}` });
  // A benchmark may print something of its own, slipcover its table.
  const line = stdout.split('\n').find((row) => row.startsWith('{"seconds"'));
  if (!line) throw new Error(`${command.args.join(' ')} printed no figures: ${stdout.slice(0, 500)}`);
  return JSON.parse(line);
}

/** Instructions in user mode: by the processor's counter, or by valgrind, where the machine (as most virtual ones) has none. */
export function countInstructions(command: Command, environment: Record<string, string> = {}): number {
  return hasCounter() ? byPerf(command, environment) : byValgrind(command, environment);
}

let counter: boolean | undefined;

function hasCounter(): boolean {
  counter ??= /^\d+,/m.test(
    spawnSync('perf', ['stat', '-x,', '-e', 'instructions:u', 'true'], { encoding: 'utf8' }).stderr ?? '',
  );
  return counter;
}

function byPerf(command: Command, environment: Record<string, string>): number {
  return withFile((file) => {
    const args = ['stat', '-x,', '-e', 'instructions:u', '-o', file, command.command, ...command.args];
    spawned('perf', args, command, environment);
    return /^(\d+),/m;
  });
}

function byValgrind(command: Command, environment: Record<string, string>): number {
  return withFile((file) => {
    const options = ['--tool=cachegrind', '--cache-sim=no', '--cachegrind-out-file=/dev/null', `--log-file=${file}`];
    spawned('valgrind', [...options, command.command, ...command.args], command, environment);
    return /I +refs: +([\d,]+)/;
  });
}

function withFile(use: (file: string) => RegExp): number {
  const folder = mkdtempSync(join(tmpdir(), 'pyca-instructions-'));
  const file = join(folder, 'count');
  try {
    const pattern = use(file);
    const found = pattern.exec(readFileSync(file, 'utf8'))?.[1];
    if (!found) throw new Error(`no count of instructions in: ${readFileSync(file, 'utf8')}`);
    return Number(found.replaceAll(',', ''));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function spawned(program: string, args: string[], { env, cwd }: Command, more: Record<string, string>): string {
  const result = spawnSync(program, args, {
    env: { ...env, ...more },
    cwd,
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
    timeout: TIMEOUT,
  });
  if (result.error) throw result.error;
  if (result.status !== 0)
    throw new Error(`${program} ${args.join(' ')}: ${result.signal ?? result.status} ${result.stderr.slice(-2000)}`);
  return result.stdout;
}
