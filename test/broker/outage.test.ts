import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { runLines, writeLineMap } from '../fixtures/line-map.ts';
import { Agent } from './agent.ts';
import { Inbox, pause, until } from './inbox.ts';
import { RabbitMq } from './rabbitmq.ts';

const user = { name: 'coverage', password: 'coverage123' };
const TOPIC = { type: 'topic', durable: true };
let broker: RabbitMq;
let agent: Agent;
let exchange: string;
let count = 0;

beforeAll(async () => {
  broker = await RabbitMq.start([user]);
}, 120_000);
afterAll(() => broker.stop());
beforeEach(() => {
  agent = new Agent();
  exchange = `exchange-${++count}`;
});
afterEach(() => agent.end());

const settings = (more: Record<string, string> = {}) => ({
  PYCA_RABBITMQ_URL: broker.url(user),
  PYCA_EXCHANGE: exchange,
  PYCA_FLUSH_INTERVAL: '0.5',
  ...more,
});

test('a broker that is down at the start and back later gets the report, once', async () => {
  const inbox = await Inbox.open(broker.url(user), exchange, { declare: TOPIC });
  await broker.down();
  const file = writeLineMap(agent.data(), { path: '/app/cart.py', lines: '+--' });
  await agent.start(settings());
  await until(async () => (await agent.status()).lastError?.code === 'BROKER_UNREACHABLE', 'unreachable');
  expect((await agent.ask('/ready')).status).toBe(200);
  runLines(file, 2);
  await pause(3);
  runLines(file, 3);
  expect(await agent.status()).toMatchObject({ fingerprint: null, lastReportTime: null });
  expect(agent.output.match(/"level":"warn"/g)).toHaveLength(1);
  await broker.up();
  const { report } = await inbox.wait(1);
  expect(report.coverage.raw).toBe('mode: count\ncart.py:1.0,3.0 3 1\n');
  await pause(2);
  expect(await inbox.fetch()).toHaveLength(1);
  expect((await agent.status()).lastError).toBeNull();
});

test('a broker that restarts between two reports loses neither', async () => {
  const inbox = await Inbox.open(broker.url(user), exchange, { declare: TOPIC });
  const file = writeLineMap(agent.data(), { path: '/app/cart.py', lines: '+-' });
  await agent.start(settings());
  await until(async () => (await agent.status()).fingerprint !== null, 'the first report');
  await broker.down();
  runLines(file, 2);
  await until(async () => (await agent.status()).lastError !== null, 'the outage is seen');
  await broker.up();
  const { report } = await inbox.wait(2);
  expect(report.coverage.raw).toBe('mode: count\ncart.py:1.0,2.0 2 1\n');
  expect(inbox.received[0]?.report.coverage.raw).toBe('mode: count\ncart.py:1.0,1.0 1 1\ncart.py:2.0,2.0 1 0\n');
});

test('connections that the broker cuts at any moment cost neither a report nor the agent', async () => {
  const inbox = await Inbox.open(broker.url(user), exchange, { declare: TOPIC });
  const lines = 30;
  const file = writeLineMap(agent.data(), { path: '/app/cart.py', lines: `+${'-'.repeat(lines - 1)}` });
  await agent.start(settings({ PYCA_FLUSH_INTERVAL: '0.01' }));
  for (let line = 2; line <= lines; line++) {
    runLines(file, line);
    if (line % 5 === 0) await broker.control('close_all_connections', 'test').catch(() => {});
    await pause(0.05);
  }
  await until(async () => {
    await inbox.fetch();
    return inbox.received.at(-1)?.report.coverage.raw === `mode: count\ncart.py:1.0,${lines}.0 ${lines} 1\n`;
  }, 'the last line');
  expect((await agent.stop()).code).toBe(0);
});

test('an alarm of the broker holds reports back until it is over; they arrive once', async () => {
  const inbox = await Inbox.open(broker.url(user), exchange, { declare: TOPIC });
  await broker.control('set_vm_memory_high_watermark', '0');
  const file = writeLineMap(agent.data(), { path: '/app/cart.py', lines: '+-' });
  await agent.start(settings());
  await until(async () => (await agent.status()).lastError?.code === 'BROKER_BLOCKED', 'blocked');
  runLines(file, 2);
  await pause(3);
  expect(await broker.connections()).toHaveLength(1);
  expect((await agent.status()).fingerprint).toBeNull();
  await broker.control('set_vm_memory_high_watermark', '0.4');
  await inbox.wait(2);
  await pause(1);
  expect((await inbox.fetch()).map(({ report }) => report.coverage.raw)).toEqual([
    'mode: count\ncart.py:1.0,1.0 1 1\ncart.py:2.0,2.0 1 0\n',
    'mode: count\ncart.py:1.0,2.0 2 1\n',
  ]);
  expect((await agent.status()).lastError).toBeNull();
});

test('SIGTERM with the broker in alarm ends within 5 s', async () => {
  await Inbox.open(broker.url(user), exchange, { declare: TOPIC });
  await broker.control('set_vm_memory_high_watermark', '0');
  writeLineMap(agent.data(), { path: '/app/cart.py', lines: '+' });
  await agent.start(settings());
  await until(async () => (await agent.status()).lastError?.code === 'BROKER_BLOCKED', 'blocked');
  const { code, took } = await agent.stop();
  await broker.control('set_vm_memory_high_watermark', '0.4');
  expect(code).toBe(0);
  expect(took).toBeLessThan(5_000);
});

test('SIGTERM publishes what ran since the last report', async () => {
  const inbox = await Inbox.open(broker.url(user), exchange, { declare: TOPIC });
  const files = ['app', 'worker'].map((name) =>
    writeLineMap(agent.data(name), { path: `/app/${name}.py`, lines: '+-' }),
  );
  await agent.start(settings({ PYCA_FLUSH_INTERVAL: '1h', PYCA_CONTAINERS: 'app,worker' }));
  await inbox.wait(2);
  for (const file of files) runLines(file, 2);
  await pause(1);
  expect(await inbox.fetch()).toHaveLength(2);
  const { code, took } = await agent.stop();
  expect(code).toBe(0);
  expect(took).toBeLessThan(2_000);
  expect(await inbox.fetch()).toHaveLength(4);
  expect(
    inbox.received
      .slice(2)
      .map(({ report }) => report.coverage.raw)
      .sort(),
  ).toEqual(['mode: count\napp.py:1.0,2.0 2 1\n', 'mode: count\nworker.py:1.0,2.0 2 1\n']);
});

test('SIGTERM with nothing new ends at once and publishes nothing', async () => {
  const inbox = await Inbox.open(broker.url(user), exchange, { declare: TOPIC });
  writeLineMap(agent.data(), { path: '/app/cart.py', lines: '+' });
  await agent.start(settings({ PYCA_FLUSH_INTERVAL: '1h' }));
  await inbox.wait(1);
  const { code, took } = await agent.stop();
  expect(code).toBe(0);
  expect(took).toBeLessThan(1_000);
  expect(await inbox.fetch()).toHaveLength(1);
});

test.each(['SIGTERM', 'SIGINT'] as const)('%s with the broker down ends within 5 s', async (signal) => {
  writeLineMap(agent.data(), { path: '/app/cart.py', lines: '+' });
  await agent.start(settings({ PYCA_RABBITMQ_URL: 'amqp://coverage:coverage123@127.0.0.1:1/' }));
  await until(async () => (await agent.status()).lastError !== null, 'the outage is seen');
  const { code, took } = await agent.stop(signal);
  expect(code).toBe(0);
  expect(took).toBeLessThan(5_000);
});
