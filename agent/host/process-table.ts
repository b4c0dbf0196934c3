/** The processes of this machine, as Linux tells of them in /proc. */

import { readdirSync, readFileSync } from 'node:fs';

/** A number is used again after its process has ended; with the time it started at, it is not. */
export type ProcessIdentity = { pid: number; start: string };

/** When a process started, in ticks since boot; undefined where there is none, or only what is left of one until its parent asks. */
export function startOf(pid: number | 'self', proc = '/proc'): string | undefined {
  try {
    const stat = readFileSync(`${proc}/${pid}/stat`, 'latin1');
    // "PID (NAME) STATE …": a name may hold anything.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' || fields[0] === 'X' ? undefined : fields[19];
  } catch {
    return undefined;
  }
}

export function isAlive({ pid, start }: ProcessIdentity): boolean {
  return startOf(pid) === start;
}

/** Processes that have a file below `folder` mapped, by the path of the first such file; those of other users can't be asked. */
export function mappers(folder: string, proc = '/proc'): (ProcessIdentity & { path: string })[] {
  return readdirSync(proc)
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      const path = firstMapping(`${proc}/${name}/maps`, folder);
      const start = path && startOf(Number(name), proc);
      return path && start ? [{ pid: Number(name), start, path }] : [];
    });
}

function firstMapping(file: string, folder: string): string | undefined {
  try {
    // "ADDRESSES PERMISSIONS OFFSET DEVICE INODE   PATH"
    const line = readFileSync(file, 'utf8')
      .split('\n')
      .find((entry) => entry.includes(` ${folder}/`));
    return line?.slice(line.indexOf(` ${folder}/`) + 1);
  } catch {
    return undefined;
  }
}
