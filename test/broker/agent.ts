/** `bin/pyca agent` as a process of its own, with data and preload folders in a temporary one. */

import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort } from './free-port.ts';

const PYCA = fileURLToPath(new URL('../../bin/pyca', import.meta.url));

export class Agent {
  readonly folder = mkdtempSync(join(tmpdir(), 'pyca-agent-'));
  /** Everything it printed. */
  output = '';
  #command: string;
  #arguments: string[];
  #process: ChildProcess | undefined;
  #port = 0;

  /** Without a command it runs from the checkout. */
  constructor(command = PYCA, ...args: string[]) {
    this.#command = command;
    this.#arguments = [...args, 'agent'];
  }

  get pid(): number {
    return this.#process?.pid as number;
  }

  /** Where the named container leaves its line maps. */
  data(container = ''): string {
    return join(this.folder, 'data', container);
  }

  async start(settings: Record<string, string>): Promise<this> {
    this.#port = await freePort();
    mkdirSync(join(this.folder, 'preload'), { recursive: true });
    this.#process = spawn(this.#command, this.#arguments, {
      env: {
        PATH: process.env.PATH,
        PYCA_DATA: this.data(),
        PYCA_PRELOAD: join(this.folder, 'preload'),
        PYCA_STATUS_PORT: String(this.#port),
        ...settings,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [this.#process.stdout, this.#process.stderr]) {
      stream?.on('data', (chunk) => {
        this.output += chunk;
      });
    }
    return this;
  }

  async ask(path: string, options: RequestInit = {}): Promise<Response> {
    return fetch(`http://127.0.0.1:${this.#port}${path}`, options);
  }

  /** Of the container, or of the first. */
  async status(container?: string) {
    const { containers } = (await (await this.ask('/status')).json()) as { containers: ContainerStatus[] };
    return containers.find(({ name }) => container === undefined || name === container) as ContainerStatus;
  }

  /** Its exit code and how long it took, in ms. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<{ code: number | null; took: number }> {
    const child = this.#process;
    this.#process = undefined;
    if (!child) return { code: null, took: 0 };
    const started = Date.now();
    const exit = new Promise<number | null>((resolve) => child.once('exit', resolve));
    child.kill(signal);
    return { code: await exit, took: Date.now() - started };
  }

  async end(): Promise<void> {
    await this.stop('SIGKILL');
    rmSync(this.folder, { recursive: true, force: true });
  }
}

export type ContainerStatus = {
  name: string;
  files: number;
  lines: { executable: number; covered: number };
  fingerprint: string | null;
  lastReportTime: string | null;
  lastError: { code: string; message: string; remedy: string; time: string } | null;
};
