/** Installs the preload, again and again while it cannot, and says when applications may start. */

import { setTimeout as sleep } from 'node:timers/promises';
import { installPreload, type PreloadSource } from './preload.ts';
import type { FaultRecord } from './status/fault.ts';

const RETRY = 1_000;

export class PreloadInstallation {
  /** The application waits for this: it is to start without us rather than not at all, so `patience` (ms) has an end. */
  ready = false;
  #source: PreloadSource;
  #folder: string | undefined;
  #patience: number;
  #fault: FaultRecord;

  /** Without a `folder` there is nothing to install. */
  constructor(source: PreloadSource, folder: string | undefined, fault: FaultRecord, patience = 10_000) {
    this.#source = source;
    this.#folder = folder;
    this.#fault = fault;
    this.#patience = patience;
  }

  async run(stop: AbortSignal): Promise<void> {
    const started = Date.now();
    while (!stop.aborted) {
      try {
        if (this.#folder) installPreload(this.#source, this.#folder);
        this.#fault.clear();
        this.ready = true;
        return;
      } catch (error) {
        this.#fault.note(error);
      }
      this.ready = Date.now() - started >= this.#patience;
      await sleep(RETRY, undefined, { signal: stop }).catch(() => {});
    }
  }
}
