/** A server under the preload: started, asked over a socket in the file system, and ended as its platform would. */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { onTestFinished } from 'vitest';
import type { Application } from './application.ts';

const PATIENCE = 60_000;

/** Asks until `answer` is given; what was thrown last tells why it never was. */
export async function until<T>(question: () => T | Promise<T>, answer: (value: T) => boolean): Promise<T> {
  const end = Date.now() + PATIENCE;
  for (;;) {
    try {
      const value = await question();
      if (answer(value)) return value;
      if (Date.now() > end) throw new Error(`still ${JSON.stringify(value)}`);
    } catch (error) {
      if (Date.now() > end) throw error;
    }
    await delay(20);
  }
}

export class Server {
  /** Relative to where the application runs. */
  static readonly socket = '../socket';
  readonly #process: ChildProcess;
  readonly #socket: string;
  #output = '';

  constructor(application: Application, [file, ...args]: readonly string[], env: NodeJS.ProcessEnv) {
    this.#socket = join(application.app, Server.socket);
    const process = spawn(file as string, args, { cwd: application.app, env, stdio: 'pipe', detached: true });
    this.#process = process;
    for (const stream of [process.stdout, process.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => {
        this.#output += text;
      });
    onTestFinished(() => this.#killAll());
  }

  /** All that was printed. */
  get output(): string {
    return this.#output;
  }

  get pid(): number {
    return this.#process.pid as number;
  }

  async ready(): Promise<void> {
    const isUp = () => {
      const { exitCode, signalCode } = this.#process;
      if (exitCode !== null || signalCode) return true;
      return existsSync(this.#socket) && this.ask('/ready').then(() => true);
    };
    await until(isUp, (up) => up).catch((error) => {
      throw new Error(`not ready: ${this.#output}`, { cause: error });
    });
    if (this.#process.exitCode !== null) throw new Error(`ended: ${this.#output}`);
  }

  ask(path: string): Promise<string> {
    return new Promise((resolve, reject) => {
      const options = { socketPath: this.#socket, path, headers: { connection: 'close' }, timeout: PATIENCE };
      const asked = request(options, (response) => {
        let body = '';
        response.setEncoding('utf8').on('data', (text) => {
          body += text;
        });
        response.on('end', () => resolve(`${response.statusCode} ${body}`)).on('error', reject);
      });
      asked.on('error', reject).end();
    });
  }

  /** Sends a signal to the process that was started, and tells how that ended. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | string> {
    const { exitCode, signalCode } = this.#process;
    if (exitCode !== null || signalCode) return exitCode ?? (signalCode as string);
    const ended = once(this.#process, 'close');
    this.#process.kill(signal);
    const [status, killed] = await ended;
    return status ?? killed;
  }

  #killAll(): void {
    try {
      process.kill(-this.pid, 'SIGKILL');
    } catch {}
  }
}
