import { createServer } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { webhookReachable } from './reachability.ts';

const LOOPBACK = { host: '127.0.0.1', graceSeconds: 0 };

test('waits until the address accepts connections', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  const { port } = await new Promise<{ port: number }>((resolve) => {
    server.once('listening', () => resolve(server.address() as { port: number }));
  });
  await new Promise((resolve) => server.close(resolve));
  setTimeout(() => server.listen(port, '127.0.0.1'), 600);
  expect(await webhookReachable({ ...LOOPBACK, port, patienceSeconds: 10 })).toBe(true);
  expect(server.listening).toBe(true);
});

test('gives up when patience runs out', async () => {
  expect(await webhookReachable({ ...LOOPBACK, port: 1, patienceSeconds: 0.5 })).toBe(false);
});
