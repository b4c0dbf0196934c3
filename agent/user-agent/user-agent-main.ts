/** The user's agent as a process: its lock, its log, what it tells of itself, its end. */

import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { constants, setPriority } from 'node:os';
import { join } from 'node:path';
import { PycaError } from '../../diagnostics/errors.ts';
import { createLogger, type Logger } from '../../diagnostics/logger.ts';
import { version } from '../../diagnostics/version.ts';
import { startOf } from '../host/process-table.ts';
import { BoundedLog } from './bounded-log.ts';
import { type AgentRecord, type ProjectRecord, stateFolder } from './state-folder.ts';
import { pruneState } from './state-pruning.ts';
import { UserAgent } from './user-agent.ts';
import { UserAgentLock } from './user-agent-lock.ts';

/** From SIGTERM to the end, in ms. */
const LAST_FLUSH = 4_000;

export async function runUserAgent(): Promise<number> {
  const state = stateFolder();
  mkdirSync(state, { recursive: true, mode: 0o700 });
  const lock = new UserAgentLock(state);
  if (!lock.isHeld()) {
    throw new PycaError('USAGE', 'the agent of a user is started by applications: see pyca install, and pyca status');
  }
  stepAside();
  const log = createLogger(
    'pyca-agent',
    process.env.PYCA_LOG_LEVEL || 'info',
    new BoundedLog(join(state, 'agent.log')),
  );
  for (const event of ['uncaughtException', 'unhandledRejection']) {
    process.on(event, (error: unknown) => log.error({ err: error }, event));
  }
  const stop = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
    process.on(signal, () => {
      stop.abort();
      setTimeout(() => process.exit(0), LAST_FLUSH).unref();
    });
  }
  // An upgrade may take away what is not loaded yet.
  await import('simple-git');
  log.info({ version }, 'agent started');
  await new UserAgent({ state, lock, log, onChange: recordKeeper(state, log) }).run(stop.signal);
  pruneState(state);
  log.info('agent ended');
  process.exit(0);
}

/** The applications come first: for the processor, and when memory runs out. */
function stepAside(): void {
  try {
    setPriority(constants.priority.PRIORITY_BELOW_NORMAL);
    writeFileSync('/proc/self/oom_score_adj', '500');
  } catch {}
}

/** Writes `agent.json` when it changes, whole. */
function recordKeeper(state: string, log: Logger): (projects: ProjectRecord[]) => void {
  const start = startOf('self') ?? '';
  const started = new Date().toISOString();
  const file = join(state, 'agent.json');
  let last = '';
  return (projects) => {
    const record: AgentRecord = { v: 1, pid: process.pid, start, version, started, projects };
    const text = `${JSON.stringify(record)}\n`;
    if (text === last) return;
    try {
      writeFileSync(`${file}.tmp`, text, { mode: 0o600 });
      renameSync(`${file}.tmp`, file);
      last = text;
    } catch (error) {
      log.warn({ err: error }, 'agent.json cannot be written');
    }
  };
}
