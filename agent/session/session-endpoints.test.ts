import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createLogger } from '../../diagnostics/logger.ts';
import { writeLineMap } from '../../test/fixtures/line-map.ts';
import { FaultRecord } from '../status/fault.ts';
import { openStatusPort } from '../status/status-port.ts';
import { SessionEndpoints } from './session-endpoints.ts';
import { SessionToken, type TokenSource } from './session-token.ts';
import { Sessions } from './sessions.ts';

let data: string;
let stopped: number;
beforeEach(() => {
  data = mkdtempSync(join(tmpdir(), 'pyca-endpoints-'));
  stopped = 0;
});
afterEach(() => rmSync(data, { recursive: true, force: true }));

type Ask = (method: string, path: string, token?: string) => Promise<Response>;

async function open(source: TokenSource | null = { token: 'secret' }): Promise<Ask> {
  const fault = new FaultRecord(createLogger('test', 'silent'), {});
  const sessions = new Sessions(data, [{ name: 'app', folder: join(data, 'app') }]);
  const endpoints = source && new SessionEndpoints(sessions, new SessionToken(source, 'local'), () => stopped++);
  const status = { version: '1', ready: () => true, reporters: [], faults: [], sessions: endpoints ?? undefined };
  const port = await new Promise<number>((resolve) => openStatusPort(0, status, fault, resolve, '127.0.0.1'));
  return (method, path, token = 'secret') =>
    fetch(`http://127.0.0.1:${port}${path}`, {
      method,
      ...(token ? { headers: { Authorization: `Bearer ${token}` } } : {}),
    });
}

test('start, show, stop and list over HTTP', async () => {
  const ask = await open();
  const started = await ask('POST', '/sessions/checkout');
  expect(started.status).toBe(201);
  expect(await started.json()).toMatchObject({ name: 'checkout', stopped: null });
  expect((await ask('POST', '/sessions/other')).status).toBe(409);
  writeLineMap(join(data, 'app', 'session-1'), { path: '/app/cart.py', lines: '+-' });
  expect(await (await ask('GET', '/sessions/checkout/coverage')).text()).toBe(
    'mode: count\ncart.py:1.0,1.0 1 1\ncart.py:2.0,2.0 1 0\n',
  );
  expect(stopped).toBe(0);
  const summary = await (await ask('DELETE', '/sessions/checkout')).json();
  expect(summary).toMatchObject({ name: 'checkout', files: 1, lines: { executable: 2, covered: 1 } });
  expect(stopped).toBe(1);
  expect(await (await ask('GET', '/sessions')).json()).toEqual([summary]);
  expect(await (await ask('GET', '/sessions/checkout')).json()).toEqual(summary);
  expect(await (await ask('GET', '/sessions/checkout/coverage?container=none')).text()).toBe('mode: count\n');
});

test.each([
  ['GET', '/sessions/none', 404, 'SESSION_UNKNOWN'],
  ['GET', '/sessions/none/coverage', 404, 'SESSION_UNKNOWN'],
  ['DELETE', '/sessions/none', 404, 'SESSION_UNKNOWN'],
  ['POST', '/sessions/a%20b', 400, 'SESSION_NAME'],
  ['POST', '/sessions/..%2f..%2fx', 400, 'SESSION_NAME'],
])('%s %s is answered with %i %s and a remedy', async (method, path, status, code) => {
  const response = await (await open())(method, path);
  expect(response.status).toBe(status);
  expect(await response.json()).toMatchObject({ code, message: expect.any(String), remedy: expect.any(String) });
});

test.each([
  ['POST', '/sessions', 405],
  ['POST', '/sessions/a/coverage', 405],
  ['GET', '/sessions/a/else', 404],
  ['GET', '/sessions/a/coverage/more', 404],
  ['POST', '/status', 405],
  ['DELETE', '/coverage', 405],
])('%s %s is answered with %i', async (method, path, status) => {
  expect((await (await open())(method, path)).status).toBe(status);
});

test.each([
  ['the configured token', { token: 'secret' }, 'secret', 200],
  ['the local token', { token: 'secret' }, 'local', 200],
  ['a wrong one', { token: 'secret' }, 'secret2', 401],
  ['none', { token: 'secret' }, '', 401],
  ['none, where none is configured', {}, '', 403],
  ['any, where none is configured', {}, 'secret', 403],
  ['the local token, where none is configured', {}, 'local', 200],
  ['any, where the file is not there', { tokenFile: '/nowhere' }, 'secret', 403],
] as const)('with %s', async (_, source, token, status) => {
  const response = await (await open(source))('GET', '/sessions', token);
  expect(response.status).toBe(status);
  const body = await response.text();
  if (status !== 200) expect(JSON.parse(body).remedy).toContain('PYCA_SESSION_TOKEN');
  expect(body).not.toContain('secret');
});

test('a token in a file is read anew at each request', async () => {
  const tokenFile = join(data, 'token');
  const ask = await open({ tokenFile });
  expect((await ask('GET', '/sessions', 'a')).status).toBe(403);
  writeFileSync(tokenFile, 'a\n');
  expect((await ask('GET', '/sessions', 'a')).status).toBe(200);
  writeFileSync(tokenFile, 'b\n');
  expect((await ask('GET', '/sessions', 'a')).status).toBe(401);
});

test('where sessions are off, the answer says how to switch them on', async () => {
  const response = await (await open(null))('POST', '/sessions/a');
  expect(response.status).toBe(404);
  expect(await response.json()).toMatchObject({
    code: 'SESSIONS_OFF',
    remedy: expect.stringContaining('PYCA_SESSIONS'),
  });
});
