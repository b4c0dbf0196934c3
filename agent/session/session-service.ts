/** All of sessions that an agent has: endpoints for its status port, and reports of those that were stopped. */

import { randomBytes } from 'node:crypto';
import type { Logger } from '../../diagnostics/logger.ts';
import type { AgentConfig } from '../settings/config.ts';
import type { ReportOrigin } from '../sink/report-message.ts';
import type { Sink } from '../sink/sink.ts';
import { removeAgentFile, writeAgentFile } from '../status/agent-file.ts';
import { FaultRecord } from '../status/fault.ts';
import { SessionEndpoints } from './session-endpoints.ts';
import { SessionReporter } from './session-reporter.ts';
import { SessionToken } from './session-token.ts';
import { Sessions } from './sessions.ts';

export type SessionServiceOptions = Pick<AgentConfig, 'data' | 'containers' | 'pathMapping'> & {
  token: Pick<AgentConfig['sessions'], 'token' | 'tokenFile'>;
  sink: Sink;
  origin: Omit<ReportOrigin, 'container' | 'session'>;
  log: Logger;
};

export class SessionService {
  readonly endpoints: SessionEndpoints;
  readonly faults: readonly FaultRecord[];
  #data: string;
  #token: SessionToken;
  #sessions: Sessions;
  #reporter: SessionReporter;
  #folderFault: FaultRecord;

  /** Before applications start. What goes wrong is a fault, and tried again when a session is to start. */
  constructor({ data, containers, pathMapping, token, ...options }: SessionServiceOptions) {
    this.#data = data;
    this.#sessions = new Sessions(data, containers, pathMapping);
    this.#reporter = new SessionReporter({ ...options, sessions: this.#sessions });
    this.#folderFault = new FaultRecord(options.log, { part: 'session folders' });
    this.faults = [this.#folderFault, this.#reporter.fault];
    this.#token = new SessionToken(token, randomBytes(24).toString('base64url'));
    this.endpoints = new SessionEndpoints(this.#sessions, this.#token, () => this.#reporter.wake());
    this.#attempt(() => this.#sessions.prepare());
  }

  /** Commands of the same user find the agent from now on. */
  announce(port: number): void {
    this.#attempt(() => writeAgentFile(this.#data, { port, token: this.#token.local }));
  }

  /** No application is left to run anything: an open session is over. */
  close(): void {
    this.#attempt(() => this.#sessions.stopOpen());
  }

  /** Until `stop`, and what is still to be published then. */
  async run(stop: AbortSignal): Promise<void> {
    await this.#reporter.run(stop);
    removeAgentFile(this.#data, process.pid);
  }

  #attempt(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.#folderFault.note(error);
    }
  }
}
