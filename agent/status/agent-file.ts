/** `agent.json` in the data folder: where the agent of this folder is to be reached, for commands of the same user. */

import {
  closeSync,
  constants,
  fstatSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { isAlive, startOf } from '../host/process-table.ts';

const schema = z.object({
  port: z.number().int(),
  /** Of sessions. Nobody but the agent's own user can read it. */
  token: z.string(),
  pid: z.number().int(),
  /** Of the process: its number may be another's by now. */
  start: z.string(),
});

export type AgentFile = z.output<typeof schema>;

export function writeAgentFile(data: string, { port, token }: Pick<AgentFile, 'port' | 'token'>): void {
  const agent: AgentFile = { port, token, pid: process.pid, start: startOf('self') ?? '' };
  const draft = join(data, `.agent.${process.pid}.tmp`);
  rmSync(draft, { force: true });
  writeFileSync(draft, `${JSON.stringify(agent)}\n`, { mode: 0o600, flag: 'wx' });
  renameSync(draft, join(data, 'agent.json'));
}

/** Undefined where there is none of an agent that runs. */
export function readAgentFile(data: string): AgentFile | undefined {
  try {
    const agent = schema.parse(JSON.parse(readTrusted(join(data, 'agent.json'), data)));
    return isAlive(agent) ? agent : undefined;
  } catch {
    return undefined;
  }
}

/** Only that of process `pid`: another agent may have taken over. */
export function removeAgentFile(data: string, pid: number): void {
  try {
    if (readAgentFile(data)?.pid === pid) rmSync(join(data, 'agent.json'), { force: true });
  } catch {}
}

/** Others may write to the folder: a pipe is not waited for, and an address that they wrote is not for us. */
function readTrusted(file: string, data: string): string {
  const descriptor = openSync(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const { uid } = fstatSync(descriptor);
    return uid === process.geteuid?.() || uid === statSync(data).uid ? readFileSync(descriptor, 'utf8') : '';
  } finally {
    closeSync(descriptor);
  }
}
