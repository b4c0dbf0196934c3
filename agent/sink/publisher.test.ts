/** What a real broker does is tested in test/broker; this is about those that are none, or no longer. */

import { createServer, type Server, type Socket } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { NO_CI } from '../repository/ci-facts.ts';
import type { BrokerAddress } from './broker-address.ts';
import { Publisher } from './publisher.ts';
import { reportMessage } from './report-message.ts';

let server: Server;
const open = new Set<Socket>();
afterEach(() => {
  for (const socket of open) socket.destroy();
  server.close();
});

async function publisherFor(onConnection: (socket: Socket) => void, protocol: 'amqp' | 'amqps' = 'amqp') {
  server = createServer((socket) => {
    open.add(socket.on('error', () => {}).on('close', () => open.delete(socket)));
    socket.resume();
    onConnection(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  const address: BrokerAddress = { protocol, host: '127.0.0.1', port, username: 'me', password: 'hunter2', vhost: '/' };
  return new Publisher({ address: () => address, route: { exchange: 'e', routingKey: 'k' }, name: 'test' });
}

const message = reportMessage('mode: count\n', {
  repository: { repo: '', repo_id: '', branch: '', commit: '', ci: NO_CI },
  namespace: '',
  workload: '',
  pod: '',
  container: '',
  version: '',
});

test.each<[string, string, (socket: Socket) => void]>([
  ['closes at once', 'BROKER_UNREACHABLE', (socket) => socket.end()],
  ['resets', 'BROKER_UNREACHABLE', (socket) => socket.resetAndDestroy()],
  ['speaks HTTP', 'BROKER_UNREACHABLE', (socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')],
  ['wants another AMQP', 'BROKER_UNREACHABLE', (socket) => socket.end('AMQP\x00\x01\x00\x00')],
  ['answers with a password', 'BROKER_UNREACHABLE', (socket) => socket.end('hunter2 hunter2 hunter2 hunter2')],
])('a server that %s is %s, and no connection is left', async (_, code, onConnection) => {
  const publisher = await publisherFor(onConnection);
  const failure = await publisher.publish(message).catch((error) => error);
  expect(failure).toMatchObject({ code, message: expect.stringMatching(/^127\.0\.0\.1:\d+: ./) });
  expect(failure.message).not.toContain('hunter2');
  await expect.poll(() => open.size).toBe(0);
});

test('a server without TLS is BROKER_TLS', async () => {
  const publisher = await publisherFor(
    (socket) => socket.once('data', () => socket.end('AMQP\x00\x00\x09\x01')),
    'amqps',
  );
  await expect(publisher.publish(message)).rejects.toMatchObject({ code: 'BROKER_TLS' });
});

test('a server that says nothing is given up', { timeout: 30_000 }, async () => {
  const publisher = await publisherFor(() => {});
  await expect(publisher.publish(message)).rejects.toMatchObject({ code: 'BROKER_UNREACHABLE' });
  await expect.poll(() => open.size).toBe(0);
});

test('the address is asked for at each attempt; what it says is passed on', async () => {
  await publisherFor(() => {});
  let asked = 0;
  const publisher = new Publisher({
    address: () => {
      throw new Error(`attempt ${++asked}`);
    },
    route: { exchange: 'e', routingKey: 'k' },
    name: 'test',
  });
  await expect(publisher.publish(message)).rejects.toThrow('attempt 1');
  await expect(publisher.publish(message)).rejects.toThrow('attempt 2');
});
