/**
 * A command as our child, as if it had been started in our place: it has our stdin, stdout and stderr, gets the signals
 * that we get, and ends as we will.
 */

import { type ChildProcess, spawn } from 'node:child_process';
import { accessSync, constants, readFileSync, statSync } from 'node:fs';
import { constants as os } from 'node:os';
import { delimiter, join } from 'node:path';
import type { Inheritance } from './run-inheritance.ts';

export type Ending = { code: number; signal: NodeJS.Signals | null };
/** What a shell says of it, and the code that it ends with. */
export type NotStarted = { code: 126 | 127; message: string };

/** A terminal sends these to its whole foreground group: the command has had them when we get them. */
const OF_TERMINAL: NodeJS.Signals[] = ['SIGINT', 'SIGQUIT', 'SIGHUP', 'SIGWINCH'];
const OTHERS: NodeJS.Signals[] = ['SIGTERM', 'SIGUSR1', 'SIGUSR2', 'SIGALRM', 'SIGCONT'];
/** A second core file, of ours, would take the place of the command's. */
const LEAVE_CORE: NodeJS.Signals[] = [
  'SIGQUIT',
  'SIGILL',
  'SIGTRAP',
  'SIGABRT',
  'SIGBUS',
  'SIGFPE',
  'SIGSEGV',
  'SIGSYS',
  'SIGXCPU',
  'SIGXFSZ',
];

export class RunProcess {
  readonly ended: Promise<Ending>;
  #child: ChildProcess;
  #over = false;
  /** Called for each SIGINT and SIGTERM that comes when the command is over. */
  #onImpatience: () => void = () => {};

  /** Throws what `spawn` does. */
  constructor(command: readonly string[], env: NodeJS.ProcessEnv, { launcher, stdio }: Inheritance) {
    for (const signal of OF_TERMINAL) process.on(signal, () => this.#passOn(signal, sharesTerminal()));
    for (const signal of OTHERS) process.on(signal, () => this.#passOn(signal, false));
    // With a terminal its own rules hold: the default stops the job as a whole.
    if (!hasTerminal()) process.on('SIGTSTP', () => this.#suspend());
    const [file = '', ...args] = [...launcher, ...command];
    this.#child = spawn(file, args, { env, stdio });
    this.ended = new Promise((resolve, reject) => {
      this.#child.once('error', reject);
      this.#child.once('exit', (code, signal) => {
        this.#over = true;
        resolve({ code: code ?? 128 + (signal ? os.signals[signal] : 0), signal });
      });
    });
  }

  onImpatience(action: () => void): void {
    this.#onImpatience = action;
  }

  #passOn(signal: NodeJS.Signals, hasHadIt: boolean): void {
    if (this.#over) {
      if (signal === 'SIGINT' || signal === 'SIGTERM') this.#onImpatience();
    } else if (!hasHadIt) this.#child.kill(signal);
  }

  /** Until a SIGCONT, which we pass on. */
  #suspend(): void {
    this.#passOn('SIGTSTP', false);
    process.kill(process.pid, 'SIGSTOP');
  }
}

/** Ends this process as the command ended, so that whoever waits for it sees the same. */
export function endAlike({ code, signal }: Ending): never {
  if (signal && !LEAVE_CORE.includes(signal)) {
    // Node ignores some by itself: with no listener any more, the default is back.
    if (signal !== 'SIGKILL') process.on(signal, () => {}).removeAllListeners(signal);
    process.kill(process.pid, signal);
    // The first process of a container does not die of its own signals.
  }
  process.exit(code);
}

/** As a shell finds commands; undefined where it can be started. */
export function whyNotStarted(command: string, env: NodeJS.ProcessEnv): NotStarted | undefined {
  const path = (env.PATH ?? '/usr/local/bin:/usr/bin:/bin').split(delimiter);
  const places = command.includes('/') ? [command] : path.map((folder) => join(folder || '.', command));
  const found = places.filter(isThere);
  if (found.some(isExecutable)) return undefined;
  const [first] = found;
  if (first === undefined || !command) {
    return { code: 127, message: command.includes('/') ? `${command}: no such file` : `${command}: command not found` };
  }
  return {
    code: 126,
    message: statSync(first).isDirectory() ? `${first}: is a directory` : `${first}: permission denied`,
  };
}

function isThere(file: string): boolean {
  try {
    return statSync(file, { throwIfNoEntry: false }) !== undefined;
  } catch {
    return false;
  }
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}

/** Whether we are in the foreground of a terminal. */
function sharesTerminal(): boolean {
  const { group, foreground } = jobControl();
  return hasTerminal() && group === foreground;
}

function hasTerminal(): boolean {
  return jobControl().terminal !== '0';
}

function jobControl(): { group: string | undefined; terminal: string; foreground: string | undefined } {
  try {
    const stat = readFileSync('/proc/self/stat', 'latin1');
    const [, , group, , terminal = '0', foreground] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return { group, terminal, foreground };
  } catch {
    return { group: undefined, terminal: '0', foreground: undefined };
  }
}
