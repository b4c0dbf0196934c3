/** A home folder with a project and a virtual environment, as a user has them: `pyca install` and what comes of it. */

import { type ChildProcess, execFileSync, type SpawnSyncOptions, spawn, spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type AgentRecord, readAgentRecord, stateFolder } from '../../agent/user-agent/state-folder.ts';
import type { Report } from '../../coverage/report.ts';
import { inChroot, type Python } from '../preload/python/pythons.ts';

export const PYCA = join(import.meta.dirname, '../../bin/pyca');
export type Environment = Record<string, string | undefined>;
export type Ended = { status: number | null; stdout: string; stderr: string };

export class Laptop {
  readonly home = realpathSync(mkdtempSync(join(tmpdir(), 'pyca-laptop-')));
  readonly project = join(this.home, 'shop');
  readonly venv = join(this.home, 'environments/shop');
  readonly sink = join(this.home, 'reports.ndjson');
  /** Runs the virtual environment's Python, in a chroot where that is where it lives. */
  readonly command: string;
  readonly python: Python;

  constructor(python: Python, { pip = false } = {}) {
    this.python = python;
    mkdirSync(this.project);
    execFileSync(python.command, ['-m', 'venv', ...(pip ? [] : ['--without-pip']), this.venv], { cwd: this.home });
    const interpreter = join(this.venv, 'bin/python');
    this.command = inChroot(python) ? join(this.home, 'python') : interpreter;
    if (inChroot(python)) {
      const code = 'import os, sys; os.execv(sys.argv[1], sys.argv[1:])';
      const cache =
        process.env.PYCA_TEST_CACHE ?? join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'pyca');
      const command = `PYCA_TEST_CACHE=${cache} exec ${python.command} -I -c '${code}' ${interpreter} "$@"`;
      writeFileSync(this.command, `#!/bin/sh\n${command}\n`, { mode: 0o755 });
    }
  }

  get sitePackages(): string {
    return join(this.venv, `lib/python${this.python.series.join('.')}/site-packages`);
  }

  get state(): string {
    return stateFolder(this.environment());
  }

  environment(changes: Environment = {}): NodeJS.ProcessEnv {
    return { PATH: process.env.PATH, HOME: this.home, PYCA_SINK: `file://${this.sink}`, ...changes };
  }

  write(name: string, content: string): string {
    const file = join(this.project, name);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content);
    return file;
  }

  /** `pyca ARGUMENTS`, whatever comes of it. */
  pyca(args: readonly string[], changes: Environment = {}): Ended {
    return ended(PYCA, args, { cwd: this.project, env: this.environment(changes) });
  }

  install(): this {
    const { status, stderr } = this.pyca(['install', '--python', this.command]);
    if (status !== 0) throw new Error(stderr);
    return this;
  }

  /** `python ARGUMENTS` in the project. */
  run(args: readonly string[], changes: Environment = {}, options: SpawnSyncOptions = {}): Ended {
    return ended(this.command, args, { cwd: this.project, env: this.environment(changes), ...options });
  }

  /** What has to end well and leave stderr empty; its stdout. */
  runs(args: readonly string[], changes: Environment = {}, options: SpawnSyncOptions = {}): string {
    const { status, stdout, stderr } = this.run(args, changes, options);
    if (status !== 0 || stderr) throw new Error(`${args.join(' ')} ended with ${status}: ${stderr}`);
    return stdout;
  }

  start(args: readonly string[], changes: Environment = {}): ChildProcess {
    return spawn(this.command, args, { cwd: this.project, env: this.environment(changes), stdio: 'ignore' });
  }

  reports(): Report[] {
    if (!existsSync(this.sink)) return [];
    const lines = readFileSync(this.sink, 'utf8').split('\n').filter(Boolean);
    return lines.map((line) => JSON.parse(line));
  }

  agent(): (AgentRecord & { running: boolean }) | undefined {
    return readAgentRecord(this.state);
  }

  log(): string {
    const file = join(this.state, 'agent.log');
    return existsSync(file) ? readFileSync(file, 'utf8') : '';
  }

  async end(): Promise<void> {
    while (this.#killAgents()) await new Promise((resolve) => setTimeout(resolve, 20));
    rmSync(this.home, { recursive: true, force: true });
  }

  /** Also one that has only just begun, which tells nothing of itself yet: its working directory is the state folder. */
  #killAgents(): boolean {
    const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name) && workingDirectory(name) === this.state);
    for (const pid of pids) process.kill(Number(pid), 'SIGKILL');
    return pids.length > 0;
  }
}

function workingDirectory(pid: string): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    return undefined;
  }
}

function ended(command: string, args: readonly string[], options: SpawnSyncOptions): Ended {
  const { status, stdout, stderr, error } = spawnSync(command, args, { ...options, encoding: 'utf8' });
  if (error) throw error;
  return { status, stdout, stderr };
}
