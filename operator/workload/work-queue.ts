/** Runs one handler for each key that was added: never twice at once for one key, later again where it failed. */

import { backoffMs } from '../kubernetes/backoff.ts';

export interface WorkQueueOptions {
  handle: (key: string) => Promise<void>;
  /** Called for each failure, before the key's turn comes again. */
  onError: (key: string, error: unknown, failures: number) => void;
  concurrency?: number;
  backoff?: (failures: number) => number;
}

export class WorkQueue {
  readonly #options: WorkQueueOptions;
  readonly #waiting = new Set<string>();
  readonly #running = new Set<string>();
  readonly #failures = new Map<string, number>();
  readonly #timers = new Map<string, NodeJS.Timeout>();
  readonly #idle: (() => void)[] = [];
  #stopped = false;

  constructor(options: WorkQueueOptions) {
    this.#options = options;
  }

  /** A key that is waiting already waits once; one that is running runs once more afterwards. */
  add(key: string): void {
    if (this.#stopped) return;
    this.#waiting.add(key);
    this.#startNext();
  }

  addAfter(key: string, milliseconds: number): void {
    if (this.#stopped) return;
    clearTimeout(this.#timers.get(key));
    const timer = setTimeout(() => {
      this.#timers.delete(key);
      this.add(key);
    }, milliseconds);
    this.#timers.set(key, timer);
  }

  /** Takes nothing new; resolves when what runs has ended. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#waiting.clear();
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
    if (this.#running.size > 0) await new Promise<void>((resolve) => this.#idle.push(resolve));
  }

  #startNext(): void {
    const { concurrency = 4 } = this.#options;
    for (const key of this.#waiting) {
      if (this.#running.size >= concurrency) return;
      if (this.#running.has(key)) continue;
      this.#waiting.delete(key);
      this.#running.add(key);
      void this.#run(key);
    }
  }

  async #run(key: string): Promise<void> {
    try {
      await this.#options.handle(key);
      this.#failures.delete(key);
    } catch (error) {
      const failures = (this.#failures.get(key) ?? 0) + 1;
      this.#failures.set(key, failures);
      this.#options.onError(key, error, failures);
      this.addAfter(key, (this.#options.backoff ?? ((n) => backoffMs(n, 200, 60_000)))(failures));
    }
    this.#running.delete(key);
    if (this.#running.size === 0) for (const resolve of this.#idle.splice(0)) resolve();
    this.#startNext();
  }
}
