/**
 * Where `pyca install` keeps what it learns, one folder a user; the hook in the application makes it:
 *
 *     ${XDG_STATE_HOME:-~/.local/state}/pyca/
 *       agent.lock            locked as long as the user's agent lives
 *       agent.json            what that agent tells of itself
 *       agent.log, agent.log.1
 *       projects/NAME-HASH/
 *         root                a link to the project: /home/me/shop
 *         data/COMMIT/        line maps; "none" where there is no commit
 *         applications/PID-START   one for each process that makes line maps (application-file.ts)
 *
 * A commit has a folder of its own, as what ran of one commit has not run of the next.
 */

import { readdirSync, readFileSync, readlinkSync, realpathSync, statSync } from 'node:fs';
import { basename, isAbsolute, join } from 'node:path';
import { z } from 'zod';
import { homeFolder } from '../host/home-folder.ts';
import { isAlive } from '../host/process-table.ts';

export type Project = {
  /** Its folder in the state folder. */
  folder: string;
  /** The folder on the user's disk. */
  root: string;
  /** The basename of its root. */
  name: string;
  /** The line maps of the commit that ran last; the folder may not be there yet. */
  data: string;
};

const projectRecord = z.object({
  root: z.string(),
  sink: z.string(),
  /** Processes that run now. */
  applications: z.number(),
  files: z.number(),
  lines: z.object({ executable: z.number(), covered: z.number() }),
  fingerprint: z.string().nullable(),
  lastReportTime: z.string().nullable(),
  lastError: z.object({ code: z.string(), message: z.string(), remedy: z.string(), time: z.string() }).nullable(),
});

const agentRecord = z.object({
  v: z.literal(1),
  pid: z.number(),
  /** Of the process, as /proc has it. */
  start: z.string(),
  version: z.string(),
  /** ISO 8601. */
  started: z.string(),
  projects: z.array(projectRecord),
});

/** What the user's agent last wrote of itself to `agent.json`. */
export type AgentRecord = z.output<typeof agentRecord>;
export type ProjectRecord = z.output<typeof projectRecord>;

export function stateFolder(env: NodeJS.ProcessEnv = process.env): string {
  const base = env.XDG_STATE_HOME ?? '';
  return join(isAbsolute(base) ? base : join(homeFolder(env), '.local/state'), 'pyca');
}

/** All projects that were ever run, the one that ran last first. */
export function readProjects(state: string = stateFolder()): Project[] {
  const projects = list(join(state, 'projects')).flatMap((folder) => readProject(folder) ?? []);
  return projects.toSorted((a, b) => changed(b.data) - changed(a.data));
}

/** The project that a folder belongs to: the one whose root is nearest above it. */
export function findProject(folder: string, state: string = stateFolder()): Project | undefined {
  const path = `${realpath(folder)}/`;
  const around = readProjects(state).filter(({ root }) => path.startsWith(root === '/' ? '/' : `${root}/`));
  return around.toSorted((a, b) => b.root.length - a.root.length)[0];
}

/** Folders of line maps, newest first. */
export function dataFolders(project: string): string[] {
  return list(join(project, 'data')).toSorted((a, b) => changed(b) - changed(a));
}

/** What the agent wrote last, and whether it still runs; undefined where none ever has, or what is there is something else. */
export function readAgentRecord(state: string = stateFolder()): (AgentRecord & { running: boolean }) | undefined {
  try {
    const record = agentRecord.parse(JSON.parse(readFileSync(join(state, 'agent.json'), 'utf8')));
    return { ...record, running: isAlive(record) };
  } catch {
    return undefined;
  }
}

function readProject(folder: string): Project | undefined {
  try {
    const root = readlinkSync(join(folder, 'root'));
    return { folder, root, name: basename(root) || '/', data: dataFolders(folder)[0] ?? join(folder, 'data/none') };
  } catch {
    return undefined;
  }
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder)
      .filter((name) => !name.startsWith('.'))
      .map((name) => join(folder, name));
  } catch {
    return [];
  }
}

function changed(folder: string): number {
  return statSync(folder, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

function realpath(folder: string): string {
  try {
    return realpathSync(folder);
  } catch {
    return folder;
  }
}
