/**
 * One container's loop: look at its line maps, and publish what is new. What the broker confirmed, and only that, counts as
 * reported; while it is away nothing is queued, since the latest state holds all earlier ones.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import { type Coverage, countLines } from '../../coverage/file-lines.ts';
import { fingerprint } from '../../coverage/fingerprint.ts';
import { printRaw } from '../../coverage/raw-text.ts';
import { PycaError } from '../../diagnostics/errors.ts';
import type { Logger } from '../../diagnostics/logger.ts';
import { type ReportOrigin, reportMessage } from '../sink/report-message.ts';
import type { Sink } from '../sink/sink.ts';
import { type Fault, FaultRecord } from '../status/fault.ts';
import type { DataFolder } from './data-folder.ts';
import type { FingerprintMemory } from './fingerprint-file.ts';
import { nextLook, type Outcome } from './pace.ts';

export type ReporterState = {
  files: number;
  lines: { executable: number; covered: number };
  /** Of the last report that the broker confirmed. */
  fingerprint: string | null;
  lastReportTime: string | null;
  lastError: Fault | null;
  reports: number;
  failures: number;
};

export type ReporterOptions = {
  folder: DataFolder;
  sink: Sink;
  origin: ReportOrigin;
  /** Seconds. */
  interval: number;
  /** What an agent before this one has reported counts as reported. */
  memory?: FingerprintMemory;
  /** Called when a look has found something to do and it is done. */
  onWorkDone?: () => void;
  log: Logger;
};

const UNCONFIGURED = new Set(['BROKER_UNCONFIGURED', 'SINK_UNCONFIGURED']);
const PASSING = new Set(['BROKER_UNREACHABLE', 'SINK_UNREACHABLE', 'SINK_BUSY']);
/** Of an agent that ends, in seconds: whoever asks for more asks for more than there is. */
const LEFT = 3;

export class Reporter {
  readonly container: string;
  #options: ReporterOptions;
  #fault: FaultRecord;
  #state = {
    files: 0,
    lines: { executable: 0, covered: 0 },
    fingerprint: null as string | null,
    lastReportTime: null as string | null,
    reports: 0,
    failures: 0,
  };
  #seen: string | undefined;
  #failuresInARow = 0;
  #retryAfter: number | undefined;
  #worked = false;
  #nudged = new AbortController();
  #settledAt = 0;

  constructor(options: ReporterOptions) {
    this.#options = options;
    this.container = options.origin.container;
    this.#state.fingerprint = options.memory?.recall() ?? null;
    this.#fault = new FaultRecord(options.log, { container: this.container });
  }

  get state(): ReporterState {
    return { ...this.#state, lastError: this.#fault.current };
  }

  /** As last looked at. */
  coverage(): Coverage {
    return this.#options.folder.coverage();
  }

  /** Until `stop`; then publishes what came since the last report, over and over where it fails, until `giveUp`. Never throws. */
  async run(stop: AbortSignal, giveUp?: AbortSignal): Promise<void> {
    while (!stop.aborted) {
      this.#nudged = new AbortController();
      const outcome = await this.#look();
      const seconds = nextLook(outcome, this.#options.interval, this.#failuresInARow, this.#retryAfter);
      const signal = AbortSignal.any([stop, this.#nudged.signal]);
      await sleep(seconds * 1000, undefined, { signal }).catch(() => {});
    }
    for (;;) {
      const outcome = await this.#look();
      // Only a network or a server that asks for a moment may be well again within the seconds that are left.
      const pause = Math.max(0.5, this.#retryAfter ?? 0);
      const mayPass = PASSING.has(this.#fault.current?.code ?? '') && pause <= LEFT;
      if (outcome !== 'failed' || !mayPass || giveUp?.aborted) return;
      await sleep(pause * 1000, undefined, giveUp && { signal: giveUp }).catch(() => {});
    }
  }

  /** Looks at once, unless it gives the other side time to be well again. */
  nudge(): void {
    if (this.#failuresInARow === 0) this.#nudged.abort();
  }

  /** When the last look began that left nothing to report; 0 before the first. */
  get settledAt(): number {
    return this.#settledAt;
  }

  async #look(): Promise<Outcome> {
    const began = performance.now();
    try {
      const outcome = await this.#attempt();
      this.#settledAt = began;
      this.#fault.clear();
      this.#failuresInARow = 0;
      this.#retryAfter = undefined;
      return outcome;
    } catch (error) {
      this.#state.failures++;
      this.#failuresInARow++;
      this.#retryAfter = error instanceof PycaError ? error.retryAfter : undefined;
      return UNCONFIGURED.has(this.#fault.note(error).code) ? 'unconfigured' : 'failed';
    } finally {
      if (this.#worked) this.#options.onWorkDone?.();
      this.#worked = false;
    }
  }

  async #attempt(): Promise<Outcome> {
    const { folder, sink, origin, log } = this.#options;
    let coverage: Coverage | undefined;
    if (folder.read() || this.#seen === undefined) {
      coverage = folder.coverage();
      this.#count(coverage);
      this.#worked = true;
    }
    const [seen, files, lines] = [this.#seen as string, this.#state.files, this.#state.lines];
    if (lines.covered === 0) return 'none';
    if (seen === this.#state.fingerprint) return 'same';
    this.#worked = true;
    await origin.repository.complete?.();
    const message = reportMessage(printRaw(coverage ?? folder.coverage()), origin);
    await sink.publish(message, (blocked) => this.#fault.note(blocked));
    this.#state.fingerprint = seen;
    this.#options.memory?.keep(seen);
    this.#state.lastReportTime = new Date().toISOString();
    this.#state.reports++;
    log.info({ container: this.container, files, ...lines, fingerprint: seen }, 'report published');
    return 'sent';
  }

  #count(coverage: Coverage): void {
    this.#state.files = coverage.size;
    this.#state.lines = countLines(coverage);
    this.#seen = fingerprint(coverage);
  }
}
