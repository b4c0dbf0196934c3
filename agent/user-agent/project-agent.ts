/** Reports of one project at one commit, with the settings of the application that started last. */

import { basename } from 'node:path';
import { PycaError } from '../../diagnostics/errors.ts';
import type { Logger } from '../../diagnostics/logger.ts';
import { version } from '../../diagnostics/version.ts';
import { DataFolder } from '../collection/data-folder.ts';
import { FingerprintFile } from '../collection/fingerprint-file.ts';
import { releaseMemorySoon } from '../collection/memory.ts';
import { Reporter } from '../collection/reporter.ts';
import { findRepository, type Repository } from '../repository/repository.ts';
import type { AgentConfig } from '../settings/config.ts';
import { lookAtProjectConfig } from '../settings/project-config.ts';
import { createSink } from '../sink/sink-factory.ts';
import { FaultRecord } from '../status/fault.ts';
import type { ApplicationFile } from './application-file.ts';
import type { ProjectRecord } from './state-folder.ts';

export type ProjectAgentOptions = {
  root: string;
  data: string;
  application: Pick<ApplicationFile, 'env'>;
  log: Logger;
};

export class ProjectAgent {
  readonly root: string;
  readonly data: string;
  /** Tells one set of settings from another. */
  readonly settings: string;
  #stop = new AbortController();
  #giveUp = new AbortController();
  #reporter: Reporter;
  #sink: string;
  #enabled: boolean;
  #fault: FaultRecord;
  #running: Promise<void>;

  static async start(options: ProjectAgentOptions): Promise<ProjectAgent> {
    const { root, data, application } = options;
    const env = { ...process.env, ...application.env };
    const { config, fault } = lookAtProjectConfig(root, env);
    const repository = await findRepository(config, root, env);
    stayAtCommit(repository, config, basename(data));
    return new ProjectAgent(options, config, repository, fault);
  }

  private constructor(
    { root, data, application, log }: ProjectAgentOptions,
    config: AgentConfig,
    repository: Repository,
    fault: PycaError | null,
  ) {
    this.root = root;
    this.data = data;
    this.settings = settingsOf(application);
    this.#enabled = config.enabled;
    const projectLog = log.child({ project: root });
    this.#fault = new FaultRecord(projectLog, {});
    if (fault) this.#fault.note(new PycaError(fault.code, `${fault.message}; using the default`));
    const sink = createSink(config.sink, 'pyca');
    this.#sink = sink.address;
    this.#reporter = new Reporter({
      folder: new DataFolder(data, config.pathMapping, (file, reason) =>
        projectLog.warn({ file }, `line map left out: ${reason}`),
      ),
      sink,
      origin: { repository, ...config.origin, container: '', version },
      interval: config.flushInterval,
      memory: new FingerprintFile({ repository, folder: root, sink }),
      onWorkDone: releaseMemorySoon,
      log: projectLog,
    });
    this.#running = config.enabled ? this.#reporter.run(this.#stop.signal, this.#giveUp.signal) : Promise.resolve();
  }

  /** An application has ended: what it ran is all there. */
  nudge(): void {
    this.#reporter.nudge();
  }

  /** Whether all that ran until `moment` (by performance.now) is reported. */
  hasReported(moment: number): boolean {
    return !this.#enabled || this.#reporter.settledAt >= moment;
  }

  /** After one more report of what is new; `patience` is in ms. */
  async stop(patience = 3_000): Promise<void> {
    this.#stop.abort();
    const timer = setTimeout(() => this.#giveUp.abort(), patience);
    await this.#running;
    clearTimeout(timer);
  }

  record(applications: number): ProjectRecord {
    const { files, lines, fingerprint, lastReportTime, lastError } = this.#reporter.state;
    const { root } = this;
    const fault = lastError ?? this.#fault.current;
    return { root, sink: this.#sink, applications, files, lines, fingerprint, lastReportTime, lastError: fault };
  }
}

export function settingsOf({ env }: Pick<ApplicationFile, 'env'>): string {
  return JSON.stringify(Object.entries(env).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

/** The work tree may be at another commit by now: what ran is of the one that it was at. */
function stayAtCommit(repository: Repository, config: AgentConfig, commit: string): void {
  if (config.repository.commit || repository.ci.provider || commit === 'none' || repository.commit === commit) return;
  repository.commit = commit;
  if (!config.repository.branch) repository.branch = '';
}
