/** What an application under `pyca install` tells the user's agent of itself: a file in its project's `applications/`. */

import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import type { ProcessIdentity } from '../host/process-table.ts';

export type ApplicationFile = ProcessIdentity & {
  file: string;
  /** The name of its folder in `data/`: the commit, or "none". */
  data: string;
  /** Of its hook. */
  version: string;
  /** When it began to make line maps, in ms since 1970. */
  time: number;
  /** The command of the agent that came with its hook. */
  agent: string[];
  /** Its `PYCA_` and `PCA_` settings, and what a CI system says of the run. */
  env: Record<string, string>;
};

const NAME = /^(\d+)-(\d+)$/;

/** NAME=VALUE and a NUL each, as /proc has a process's environment. Undefined for any other file, and where it has gone. */
export function readApplicationFile(file: string): ApplicationFile | undefined {
  const [, pid, start] = NAME.exec(basename(file)) ?? [];
  if (!pid || !start) return undefined;
  const entries = readEntries(file);
  if (!entries) return undefined;
  const value = (name: string) => entries.find(([key]) => key === name)?.[1] ?? '';
  return {
    file,
    pid: Number(pid),
    start,
    data: basename(value('data')) || 'none',
    version: value('version'),
    time: Number(value('time')) || 0,
    agent: entries.filter(([name]) => name === 'agent').map(([, argument]) => argument),
    env: Object.fromEntries(entries.filter(([name]) => /^[A-Z]/.test(name))),
  };
}

function readEntries(file: string): [string, string][] | undefined {
  try {
    const entries = readFileSync(file, 'utf8').split('\0').slice(0, -1);
    return entries.map((entry) => {
      const at = entry.indexOf('=');
      return [entry.slice(0, at), entry.slice(at + 1)];
    });
  } catch {
    return undefined;
  }
}
