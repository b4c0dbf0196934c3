import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { commandEnvironment, plainEnvironment } from './run-environment.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pyca-hook-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const settings = { data: '/data', root: '/root', sessions: false };

function hook(env: NodeJS.ProcessEnv, name = 'ours.so') {
  const library = join(folder, name);
  if (name !== 'missing.so') writeFileSync(library, '');
  const { LD_PRELOAD, PYTHONPATH, PYCA_PYTHONPATH } = commandEnvironment(env, { library, python: '/py' }, settings);
  return [LD_PRELOAD?.replace(library, 'OURS'), PYTHONPATH, PYCA_PYTHONPATH];
}

test.each([
  [{}, ['OURS', undefined, '/py']],
  [{ LD_PRELOAD: '' }, ['OURS', undefined, '/py']],
  [{ LD_PRELOAD: '/a.so' }, ['/a.so:OURS', undefined, '/py']],
  [{ LD_PRELOAD: '/a.so /b.so', PYTHONPATH: '/x' }, ['/a.so /b.so:OURS', '/x', '/py']],
])('the hook comes behind what %j preloads', (env, expected) => {
  expect(hook(env)).toEqual(expected);
});

test('a hook that is there already, as of a run around this one, is not added again', () => {
  const library = join(folder, 'ours.so');
  expect(hook({ LD_PRELOAD: `/a.so:${library}` })).toEqual(['/a.so:OURS', undefined, '/py']);
});

test.each(['missing.so', 'my hook.so', 'my:hook.so'])('where %s cannot be preloaded, PYTHONPATH does', (name) => {
  expect(hook({ LD_PRELOAD: '/a.so', PYTHONPATH: '/x' }, name)).toEqual(['/a.so', '/py:/x', undefined]);
  expect(hook({}, name)).toEqual([undefined, '/py', undefined]);
});

test('settings are passed on as far as there are any', () => {
  const preload = { library: join(folder, 'missing.so'), python: '/py' };
  const env = { HOME: '/me', PYCA_INHERITED: 'nofile=1', PYCA_SINK: 'exported' };
  expect(commandEnvironment(env, preload, settings)).toEqual({
    HOME: '/me',
    PYCA_SINK: 'exported',
    PYTHONPATH: '/py',
    PYCA_DATA: '/data',
    PYCA_SOURCE_ROOT: '/root',
  });
  const all = { ...settings, include: 'a', exclude: 'b', sessions: true };
  expect(commandEnvironment(env, preload, all)).toMatchObject({
    PYCA_INCLUDE: 'a',
    PYCA_EXCLUDE: 'b',
    PYCA_SESSIONS: 'true',
  });
  expect(plainEnvironment(env)).toEqual({ HOME: '/me', PYCA_SINK: 'exported' });
});
