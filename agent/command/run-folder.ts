/**
 * Where `pyca run` keeps things: `.pyca/` at the project's root, out of git's sight.
 *
 *     .pyca/.gitignore        *
 *     .pyca/data/             line maps, of the last run or of several with --append
 *     .pyca/reports.ndjson    reports, where no other sink is named
 */

import {
  accessSync,
  chmodSync,
  constants,
  existsSync,
  lstatSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { makeFolder } from '../host/folder.ts';
import { isAlive, startOf } from '../host/process-table.ts';

export type RunFolder = {
  data: string;
  reports: string;
  /** What the user should know: another place was taken, another run is going on. */
  notes: string[];
};

const OURS = /^(?:[0-9a-f]{32}\.lines|\.[0-9a-f]{32}\.\d+\.\d+\.tmp|session|sessions|session-\d+|agent\.json)$/;
const FOREIGN = 'EPERM';
const MARK = /^\.run-(\d+)-(\d+)$/;

/** Where line maps are, unless somebody says another place. */
export function projectData(root: string): string {
  return join(root, '.pyca/data');
}

/** `data` is where the user wants line maps to be, if anywhere. Throws what the file system says. */
export function prepareRunFolder(
  root: string,
  { data, append }: { data?: string | undefined; append: boolean },
): RunFolder {
  const notes: string[] = [];
  const folder = writableFolder(join(root, '.pyca'), notes, data === undefined);
  const own = { data: data ?? join(folder, 'data'), reports: join(folder, 'reports.ndjson'), notes };
  makeFolder(own.data);
  accessSync(own.data, constants.W_OK | constants.X_OK);
  if (process.getuid?.() === 0) openToAll(own.data);
  const others = otherRuns(own.data);
  if (others > 0) notes.push(`another pyca run uses ${own.data}: the lines of both add up`);
  else if (!append) empty(own.data);
  // Anybody may write to root's: a link of this name would lead elsewhere.
  writeFileSync(mark(own.data), '', { flag: 'wx' });
  return own;
}

/** The run is over. */
export function leaveRunFolder(data: string): void {
  rmSync(mark(data), { force: true });
}

/** A read-only checkout is no reason to know nothing. */
function writableFolder(folder: string, notes: string[], needed: boolean): string {
  const obstacle = obstacleIn(folder);
  if (!obstacle || (!needed && obstacle !== FOREIGN)) return folder;
  const other = mkdtempSync(join(tmpdir(), 'pyca-run-'));
  notes.push(`${folder} cannot be written to (${obstacle}): using ${other}`);
  return other;
}

function obstacleIn(folder: string): string | undefined {
  try {
    makeFolder(folder);
    // In a folder as /tmp anybody may have made it, with links in it to files of ours.
    const trusted = [process.geteuid?.(), 0, lstatSync(dirname(folder)).uid];
    if (!trusted.includes(lstatSync(folder).uid)) return FOREIGN;
    accessSync(folder, constants.W_OK | constants.X_OK);
    if (!existsSync(join(folder, '.gitignore'))) writeFileSync(join(folder, '.gitignore'), '*\n');
    return undefined;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code;
  }
}

/** Root's command may go on as another user, as servers do. */
function openToAll(data: string): void {
  try {
    chmodSync(data, 0o777);
  } catch {}
}

/** What is ours, and nothing else: the folder may be one that the user named. */
function empty(data: string): void {
  for (const name of readdirSync(data)) {
    if (OURS.test(name)) rmSync(join(data, name), { recursive: true, force: true });
  }
}

function otherRuns(data: string): number {
  let others = 0;
  for (const name of readdirSync(data)) {
    const [, pid, start = ''] = MARK.exec(name) ?? [];
    if (!pid) continue;
    if (isAlive({ pid: Number(pid), start })) others++;
    else rmSync(join(data, name), { force: true });
  }
  return others;
}

function mark(data: string): string {
  return join(data, `.run-${process.pid}-${startOf('self') ?? 0}`);
}
