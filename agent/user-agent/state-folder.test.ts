import { mkdirSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../../test/fixtures/temporary-folder.ts';
import { startOf } from '../host/process-table.ts';
import { dataFolders, findProject, readAgentRecord, readProjects, stateFolder } from './state-folder.ts';
import { pruneState } from './state-pruning.ts';

const DAY = 24 * 3600;

/** A project whose line maps of each commit were last used so many days ago. */
function makeProject(state: string, root: string, commits: Record<string, number>): string {
  const folder = join(state, 'projects', `${root.replaceAll('/', '_')}-00000000`);
  mkdirSync(join(folder, 'applications'), { recursive: true });
  symlinkSync(root, join(folder, 'root'));
  for (const [commit, days] of Object.entries(commits)) {
    const data = join(folder, 'data', commit);
    mkdirSync(data, { recursive: true });
    utimesSync(data, Date.now() / 1000 - days * DAY, Date.now() / 1000 - days * DAY);
  }
  return folder;
}

test.each([
  [{ HOME: '/home/me' }, '/home/me/.local/state/pyca'],
  [{ HOME: '/home/me', XDG_STATE_HOME: '/var/me' }, '/var/me/pyca'],
  [{ HOME: '/home/me', XDG_STATE_HOME: 'relative' }, '/home/me/.local/state/pyca'],
  [{ HOME: 'relative' }, `${userInfo().homedir}/.local/state/pyca`],
])('of %o the state folder is %s', (env, folder) => expect(stateFolder(env)).toBe(folder));

test('projects come with the line maps of the commit that ran last, the latest project first', () => {
  const state = temporaryFolder();
  makeProject(state, '/srv/old', { none: 3 });
  const folder = makeProject(state, '/srv/shop', { aaa: 5, bbb: 1 });
  expect(readProjects(state)).toEqual([
    { folder, root: '/srv/shop', name: 'shop', data: join(folder, 'data/bbb') },
    expect.objectContaining({ root: '/srv/old' }),
  ]);
});

test('a folder belongs to the nearest project around it', () => {
  const state = temporaryFolder();
  for (const root of ['/srv', '/srv/shop', '/srv/shopping']) makeProject(state, root, { none: 0 });
  expect(findProject('/srv/shop/cart', state)?.root).toBe('/srv/shop');
  expect(findProject('/srv/shopping', state)?.root).toBe('/srv/shopping');
  expect(findProject('/opt', state)).toBeUndefined();
});

test('an agent runs only as the process that it was', () => {
  const state = temporaryFolder();
  expect(readAgentRecord(state)).toBeUndefined();
  const start = startOf('self');
  const rest = { v: 1, version: '0.1.0', started: new Date().toISOString(), projects: [] };
  for (const [record, running] of [
    [{ pid: process.pid, start }, true],
    [{ pid: process.pid, start: '1' }, false],
  ] as const) {
    writeFileSync(join(state, 'agent.json'), JSON.stringify({ ...rest, ...record }));
    expect(readAgentRecord(state)?.running).toBe(running);
  }
});

test('what nobody has used for a week goes: commits of before, and projects that are gone', () => {
  const state = temporaryFolder();
  const here = makeProject(state, state, { now: 9, before: 8, yesterday: 1 });
  makeProject(state, '/no/such/project', { none: 8 });
  const recent = makeProject(state, '/no/other/project', { none: 2 });
  const waiting = makeProject(state, '/no/third/project', { none: 8 });
  writeFileSync(join(waiting, 'applications/1-1'), '');
  pruneState(state);
  const left = readProjects(state).map(({ folder }) => folder);
  expect(left.sort()).toEqual([here, recent, waiting].sort());
  expect(dataFolders(here).map((folder) => folder.split('/').at(-1))).toEqual(['yesterday']);
});
