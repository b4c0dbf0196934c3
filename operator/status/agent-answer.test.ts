/** A pod may be hostile: what its status port answers is bounded. */

import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { type Address, httpAgentPort } from './agent-answer.ts';

let server: Server | undefined;

afterEach(() => {
  server?.close();
  server?.closeAllConnections();
});

async function serve(listener: RequestListener): Promise<Address> {
  server = createServer(listener);
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  return { host: '127.0.0.1', port: (server.address() as AddressInfo).port };
}

const container = {
  name: 'app',
  lines: { executable: 2, covered: 1 },
  fingerprint: null,
  lastReportTime: null,
  lastError: null,
};

test('status and coverage are read', async () => {
  const address = await serve((request, response) =>
    response.end(request.url === '/status' ? JSON.stringify({ containers: [container], more: 1 }) : request.url),
  );
  expect(await httpAgentPort.status(address)).toEqual([container]);
  expect(await httpAgentPort.coverage(address, 'a b')).toBe('/coverage?container=a%20b');
});

test.each<[string, RequestListener, RegExp]>([
  ['an error', (_, response) => response.writeHead(500).end('no'), /500/],
  ['no JSON', (_, response) => response.end('<html>'), /JSON/],
  ['another shape', (_, response) => response.end('{"containers":[{"name":1}]}'), /name/],
  ['more than fits', (_, response) => response.end(' '.repeat(300 * 1024)), /more than 262144 bytes/],
  [
    'a way to somewhere else',
    (_, response) => response.writeHead(302, { location: 'http://10.0.0.1/' }).end(),
    /fetch failed/,
  ],
  ['nothing at all', () => {}, /timeout/],
])('%s is refused', async (_, listener, message) => {
  await expect(httpAgentPort.status(await serve(listener))).rejects.toThrow(message);
});
