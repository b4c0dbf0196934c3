/**
 * `pyca agent --user`: one a user, started by the first application of a Python that `pyca install` was used on (the hook's
 * `_agent.py`). It serves all projects of the state folder and ends when the last application has.
 */

import { spawn } from 'node:child_process';
import { openSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '../../diagnostics/logger.ts';
import { version } from '../../diagnostics/version.ts';
import { isNewer } from '../installation/version-order.ts';
import { type Application, Applications } from './applications.ts';
import { ProjectAgent, settingsOf } from './project-agent.ts';
import type { ProjectRecord } from './state-folder.ts';
import { LOCK_DESCRIPTOR, type UserAgentLock } from './user-agent-lock.ts';

/** In ms. Scripts that follow one another find an agent that is there; one whose reports nobody takes gives up, and the next
 * one sends them. */
const LINGER = 5_000;
const PATIENCE = 60_000;
const TICK = 1_000;

/** The version that an agent was started for; should it say another one itself, it would start the next, and that the next. */
const PLACE = 'PYCA_AGENT_VERSION';
const IN_PLACE_OF = [version, process.env[PLACE] ?? ''].reduce((a, b) => (isNewer(b, a) ? b : a));

export type UserAgentOptions = {
  state: string;
  lock: UserAgentLock;
  log: Logger;
  onChange: (projects: ProjectRecord[]) => void;
  linger?: number;
};

export class UserAgent {
  #options: UserAgentOptions;
  #applications: Applications;
  /** By folder of line maps. */
  #projects = new Map<string, ProjectAgent>();
  /** When there was something to do last. */
  #busy = performance.now();
  #lastEnd = performance.now();
  #refused = new Set<string>();
  /** The state folder was removed; what is there now is another agent's. */
  #isForgotten = false;

  constructor(options: UserAgentOptions) {
    this.#options = options;
    this.#applications = new Applications(options.state);
  }

  /** Until the last application has ended, another agent has taken over, the state folder has gone, or `stop`. */
  async run(stop: AbortSignal): Promise<void> {
    while (!stop.aborted) {
      this.#isForgotten = !this.#options.lock.isCurrent();
      if (this.#isForgotten) break;
      await this.#look();
      if (await this.#handOver()) return;
      if (await this.#mayEnd()) break;
      await sleep(TICK, undefined, { signal: stop }).catch(() => {});
    }
    await this.#stopProjects();
    this.#tell();
  }

  async #look(): Promise<void> {
    const { came, ended } = this.#applications.look();
    // The latest settings count.
    const latest = came.toSorted((a, b) => (a.told?.time ?? 0) - (b.told?.time ?? 0));
    for (const application of latest) await this.#serve(application);
    for (const { data } of ended) this.#projects.get(data)?.nudge();
    if (ended.length > 0) this.#lastEnd = performance.now();
    this.#dismiss();
    this.#tell();
  }

  async #serve(application: Application): Promise<void> {
    const { root, data, told } = application;
    const { log } = this.#options;
    const present = this.#projects.get(data);
    if (present && (!told || present.settings === settingsOf(told))) return;
    try {
      await present?.stop();
      this.#projects.set(data, await ProjectAgent.start({ root, data, application: told ?? { env: {} }, log }));
    } catch (error) {
      log.error({ err: error, project: root }, 'a project cannot be served');
    }
  }

  /** Forgets applications of which all is reported; of others that have ended the latest will do for the next agent. */
  #dismiss(): void {
    const { all } = this.#applications;
    for (const application of all) {
      const { data, ended, told } = application;
      if (ended === undefined) continue;
      const isOutdated = all.some((other) => other.data === data && (other.told?.time ?? 0) > (told?.time ?? 0));
      if (isOutdated || this.#projects.get(data)?.hasReported(ended)) this.#applications.forget(application);
    }
  }

  async #mayEnd(): Promise<boolean> {
    const { lock, linger = LINGER } = this.#options;
    const now = performance.now();
    const { all } = this.#applications;
    if (all.some(({ ended }) => ended === undefined)) this.#busy = now;
    if (all.length > 0 && now - this.#lastEnd < PATIENCE) this.#busy = now;
    if (now - this.#busy < linger) return false;
    const forks = this.#applications.lookAtMemory();
    for (const fork of forks) await this.#serve(fork);
    if (forks.length > 0) return false;
    lock.putAside();
    if (this.#applications.look().came.length === 0) {
      lock.forget();
      return true;
    }
    // It came at the last moment; where it has already got an agent of its own, that one serves it.
    if (!lock.takeBack()) return true;
    for (const application of this.#applications.all) await this.#serve(application);
    this.#busy = now;
    return false;
  }

  /** An application brought a newer agent: it takes over, and gets the lock with it. */
  async #handOver(): Promise<boolean> {
    const { state, log } = this.#options;
    const newer = this.#applications.all
      .flatMap(({ told }) => told ?? [])
      .find((told) => isNewer(told.version, IN_PLACE_OF) && told.agent[0] && !this.#refused.has(told.version));
    if (!newer) return false;
    await this.#stopProjects();
    const [command = '', ...args] = newer.agent;
    const output = openSync(join(state, 'agent.log'), 'a', 0o600);
    const stdio = [...(['ignore', 'ignore', output] as const), LOCK_DESCRIPTOR];
    const env = { ...process.env, [PLACE]: newer.version };
    const child = spawn(command, args, { cwd: state, detached: true, stdio, env });
    try {
      await new Promise((resolve, reject) => child.once('spawn', resolve).once('error', reject));
      child.unref();
      log.info({ from: version, to: newer.version }, 'a newer agent takes over');
      return true;
    } catch (error) {
      this.#refused.add(newer.version);
      log.warn({ err: error, version: newer.version }, 'the newer agent cannot be started');
      for (const application of this.#applications.all) await this.#serve(application);
      return false;
    }
  }

  async #stopProjects(): Promise<void> {
    await Promise.all([...this.#projects.values()].map((project) => project.stop()));
    this.#dismiss();
    this.#tell();
    this.#projects.clear();
  }

  #tell(): void {
    if (this.#isForgotten) return;
    const running = this.#applications.all.filter(({ ended }) => ended === undefined);
    this.#options.onChange(
      [...this.#projects.values()].map((project) =>
        project.record(running.filter(({ data }) => data === project.data).length),
      ),
    );
  }
}
