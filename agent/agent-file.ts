/** `agent.json` in the data folder: where the agent of this folder is to be reached, for commands of the same user. */

import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

const schema = z.object({
  port: z.number().int(),
  /** Of sessions. Nobody but the agent's own user can read it. */
  token: z.string(),
  pid: z.number().int(),
});

export type AgentFile = z.output<typeof schema>;

export function writeAgentFile(data: string, agent: AgentFile): void {
  const draft = join(data, `.agent.${process.pid}.tmp`);
  rmSync(draft, { force: true });
  writeFileSync(draft, `${JSON.stringify(agent)}\n`, { mode: 0o600, flag: 'wx' });
  renameSync(draft, join(data, 'agent.json'));
}

/** Undefined where there is none of an agent that runs. */
export function readAgentFile(data: string): AgentFile | undefined {
  try {
    const agent = schema.parse(JSON.parse(readFileSync(join(data, 'agent.json'), 'utf8')));
    return isAlive(agent.pid) ? agent : undefined;
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

/** Another user's counts too. */
function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
