/** A log file that does not grow without end: at `limit` bytes it becomes FILE.1, in place of the one before. */

import { appendFileSync, renameSync, statSync } from 'node:fs';

export class BoundedLog {
  #file: string;
  #limit: number;

  constructor(file: string, limit = 1024 * 1024) {
    this.#file = file;
    this.#limit = limit;
  }

  /** Where it cannot be written, it is not: nobody waits for a log. */
  write(line: string): void {
    try {
      const size = statSync(this.#file, { throwIfNoEntry: false })?.size ?? 0;
      if (size + line.length > this.#limit && size > 0) renameSync(this.#file, `${this.#file}.1`);
      appendFileSync(this.#file, line, { mode: 0o600 });
    } catch {}
  }
}
