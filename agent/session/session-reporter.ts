/** Publishes each stopped session once: again and again until it is taken, also by the agent's next start. */

import { setTimeout as sleep } from 'node:timers/promises';
import { describeError } from '../../diagnostics/errors.ts';
import type { Logger } from '../../diagnostics/logger.ts';
import { nextLook } from '../collection/pace.ts';
import { type ReportOrigin, reportMessage } from '../sink/report-message.ts';
import type { Sink } from '../sink/sink.ts';
import { FaultRecord } from '../status/fault.ts';
import type { Sessions } from './sessions.ts';

export type SessionReporterOptions = {
  sessions: Sessions;
  sink: Sink;
  /** But for container and session. */
  origin: Omit<ReportOrigin, 'container' | 'session'>;
  log: Logger;
};

export class SessionReporter {
  readonly fault: FaultRecord;
  #options: SessionReporterOptions;
  #failures = 0;
  #wake = new AbortController();

  constructor(options: SessionReporterOptions) {
    this.#options = options;
    this.fault = new FaultRecord(options.log, { part: 'sessions' });
  }

  /** There is something new to publish. */
  wake(): void {
    this.#wake.abort();
  }

  /** Until `stop`, and then once more. Never throws. */
  async run(stop: AbortSignal): Promise<void> {
    while (!stop.aborted) {
      this.#wake = new AbortController();
      await this.#attempt();
      const signal = AbortSignal.any([stop, this.#wake.signal]);
      const pause = this.#failures > 0 ? nextLook('failed', 0, this.#failures) * 1000 : undefined;
      await (pause === undefined ? aborted(signal) : sleep(pause, undefined, { signal }).catch(() => {}));
    }
    await this.#attempt();
  }

  async #attempt(): Promise<void> {
    try {
      await this.#publish();
      this.fault.clear();
      this.#failures = 0;
    } catch (error) {
      this.#failures++;
      this.fault.note(error);
    }
  }

  async #publish(): Promise<void> {
    const { sessions, sink, origin, log } = this.#options;
    let failed: unknown;
    for (const report of sessions.unreported()) {
      const { session, container, raw } = report;
      try {
        await origin.repository.complete?.();
        const message = reportMessage(raw, { ...origin, container, session });
        await sink.publish(message, (blocked) => this.fault.note(blocked));
        sessions.markReported(report);
        log.info({ session, container }, 'session published');
      } catch (error) {
        log.debug({ session, container, code: describeError(error).code }, 'session not published');
        failed ??= error;
      }
    }
    if (failed) throw failed;
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}
