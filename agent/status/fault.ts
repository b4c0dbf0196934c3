/** What is wrong now, as log and status tell it. */

import { describeError } from '../../diagnostics/errors.ts';
import type { Logger } from '../../diagnostics/logger.ts';

export type Fault = { code: string; message: string; remedy: string; time: string };

/** The state of one part of the agent: a fault that lasts is logged once, when it comes, and once when it has gone. */
export class FaultRecord {
  #log: Logger;
  #about: Record<string, string>;
  #current: Fault | null = null;

  /** `about` goes into the log beside the fault. */
  constructor(log: Logger, about: Record<string, string>) {
    this.#log = log;
    this.#about = about;
  }

  get current(): Fault | null {
    return this.#current;
  }

  note(error: unknown): Fault {
    const { code, message, remedy = '' } = describeError(error);
    if (this.#current?.code !== code) this.#log.warn({ ...this.#about, code, remedy }, message);
    this.#current = { code, message, remedy, time: new Date().toISOString() };
    return this.#current;
  }

  clear(): void {
    if (this.#current) this.#log.info({ ...this.#about, code: this.#current.code }, 'well again');
    this.#current = null;
  }
}
