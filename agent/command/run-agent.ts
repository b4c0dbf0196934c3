/** The agent beside a command of `pyca run`: reports while it runs, and once more when it has ended. */

import { setTimeout as sleep } from 'node:timers/promises';
import { type Coverage, countLines } from '../../coverage/file-lines.ts';
import { fingerprint } from '../../coverage/fingerprint.ts';
import { describeError } from '../../diagnostics/errors.ts';
import { createLogger } from '../../diagnostics/logger.ts';
import { version } from '../../diagnostics/version.ts';
import { DataFolder } from '../collection/data-folder.ts';
import { Reporter } from '../collection/reporter.ts';
import { findRepository } from '../repository/repository.ts';
import { SessionService } from '../session/session-service.ts';
import type { AgentConfig } from '../settings/config.ts';
import { createSink } from '../sink/sink-factory.ts';
import { FaultRecord } from '../status/fault.ts';
import { openStatusPort } from '../status/status-port.ts';

/** From the command's end, in ms. */
const LAST_FLUSH = 4_500;

export type RunOutcome = {
  coverage: Coverage;
  files: number;
  lines: { executable: number; covered: number };
  fingerprint: string;
  sink: string;
  /** Of the last report that was taken; null where none was, or not all that ran is in it. */
  reported: string | null;
  error: { code: string; message: string; remedy?: string } | null;
  /** Line maps that were left out, and why. */
  warnings: string[];
  repo: string;
  branch: string;
  commit: string;
};

export type RunAgentOptions = {
  config: AgentConfig;
  data: string;
  /** The repository's, or the working directory. */
  root: string;
  env: NodeJS.ProcessEnv;
};

export class RunAgent {
  #options: RunAgentOptions;
  #sink: ReturnType<typeof createSink>;
  #folder: DataFolder;
  #warnings: string[] = [];
  #stop = new AbortController();
  #impatient = new AbortController();
  #reporter: Reporter | undefined;
  #running: Promise<unknown>;
  #repository: ReturnType<typeof findRepository>;
  #sessions: SessionService | undefined;

  constructor(options: RunAgentOptions) {
    const { config, data, root, env } = options;
    this.#options = options;
    this.#sink = createSink(config.sink, 'pyca run');
    this.#folder = new DataFolder(data, config.pathMapping, (file, reason) =>
      this.#warnings.push(`${file || data}: ${reason}`),
    );
    this.#repository = findRepository(config, root, env);
    this.#running = this.#run().catch((error: unknown) => this.#warnings.push(describeError(error).message));
  }

  /** Sessions can be started once this has resolved. */
  async openSessions(port: number): Promise<void> {
    const { config, data } = this.#options;
    const log = quietLogger();
    const { pathMapping, sessions: token } = config;
    const containers = [{ name: '', folder: data }];
    const origin = { repository: await this.#repository, ...config.origin, version };
    const sessions = new SessionService({ data, containers, pathMapping, token, sink: this.#sink, origin, log });
    this.#sessions = sessions;
    const source = {
      version,
      ready: () => true,
      reporters: this.#reporter ? [this.#reporter] : [],
      faults: sessions.faults,
      sessions: sessions.endpoints,
    };
    this.#running = Promise.all([this.#running, sessions.run(this.#stop.signal)]);
    const fault = new FaultRecord(log, {});
    await Promise.race([
      new Promise<void>((resolve) => {
        const onListening = (taken: number) => {
          sessions.announce(taken);
          resolve();
        };
        openStatusPort(port, source, fault, onListening, '127.0.0.1');
      }),
      sleep(2_000, undefined, { ref: false }),
    ]);
    if (fault.current) this.#warnings.push(`sessions: ${fault.current.message}`);
  }

  /** Whoever waits for the last report does so no longer. */
  hurry(): void {
    this.#impatient.abort();
  }

  /** All that ran, also in processes that were killed; at most 5 s. */
  async finish(): Promise<RunOutcome> {
    this.#sessions?.close();
    this.#stop.abort();
    const patience = sleep(LAST_FLUSH, undefined, { signal: this.#impatient.signal }).catch(() => {});
    await Promise.race([this.#running, patience]);
    const warnings = this.#warnings;
    try {
      this.#folder.read();
    } catch (error) {
      warnings.push(describeError(error).message);
    }
    const coverage = this.#folder.coverage();
    const { repo, branch, commit } = await this.#repository;
    const state = this.#reporter?.state;
    const print = fingerprint(coverage);
    const reported = state?.fingerprint === print ? state.lastReportTime : null;
    return {
      coverage,
      files: coverage.size,
      lines: countLines(coverage),
      fingerprint: print,
      sink: this.#sink.address,
      reported,
      error: reported ? null : (state?.lastError ?? null),
      warnings,
      repo,
      branch,
      commit,
    };
  }

  async #run(): Promise<void> {
    const { config } = this.#options;
    const repository = await this.#repository;
    const reporter = new Reporter({
      folder: this.#folder,
      sink: this.#sink,
      origin: { repository, ...config.origin, container: '', version },
      interval: config.flushInterval,
      log: quietLogger(),
    });
    this.#reporter = reporter;
    await reporter.run(this.#stop.signal);
  }
}

/** Both output streams are the command's; what is wrong goes into the summary. */
function quietLogger() {
  return createLogger('pyca run', 'silent', { write: () => {} });
}
