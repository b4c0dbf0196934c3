import { connect } from 'amqplib';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { reportSchema } from '../../coverage/report.ts';
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

const settings = () => ({
  PYCA_RABBITMQ_URL: broker.url(user),
  PYCA_EXCHANGE: exchange,
  PYCA_FLUSH_INTERVAL: '0.5',
});

test('a report has exactly its fields, properties and headers', async () => {
  const inbox = await Inbox.open(broker.url(user), 'coverage_exchange', { declare: TOPIC });
  writeLineMap(agent.data('app'), { path: '/app/shop/cart.py', lines: '++.-' });
  writeLineMap(agent.data('app'), { path: '/app/app.py', lines: '+' });
  const before = Math.floor(Date.now() / 1000);
  await agent.start({
    PYCA_RABBITMQ_URL: broker.url(user),
    PYCA_CONTAINERS: 'app',
    PYCA_PATH_MAPPING: '/app=services/checkout',
    PYCA_REPO: 'https://git.example.org/shop.git',
    PYCA_REPO_ID: '42',
    PYCA_BRANCH: 'main',
    PYCA_COMMIT: 'c0ffee',
    PYCA_NAMESPACE: 'shop',
    PYCA_WORKLOAD: 'Deployment/checkout',
    PYCA_POD: 'checkout-7d9f-x2x4z',
  });
  const { report, message } = await inbox.wait(1);
  const { timestamp, ...rest } = report;
  expect(rest).toEqual({
    repo: 'https://git.example.org/shop.git',
    repo_id: '42',
    branch: 'main',
    commit: 'c0ffee',
    ci: { provider: '', pipeline_id: '', job_id: '' },
    coverage: {
      format: 'pyca',
      raw:
        'mode: count\n' +
        'services/checkout/app.py:1.0,1.0 1 1\n' +
        'services/checkout/shop/cart.py:1.0,2.0 2 1\n' +
        'services/checkout/shop/cart.py:4.0,4.0 1 0\n',
    },
  });
  expect(reportSchema.parse(report)).toEqual(report);
  expect(timestamp).toBeGreaterThanOrEqual(before);
  expect(timestamp).toBeLessThanOrEqual(Date.now() / 1000);
  expect(message.fields).toMatchObject({ exchange: 'coverage_exchange', routingKey: 'coverage.report' });
  expect(message.properties).toMatchObject({
    contentType: 'application/json',
    deliveryMode: 2,
    messageId: expect.stringMatching(/^[0-9a-f]{32}$/),
    timestamp,
    appId: 'pyca',
    headers: {
      'pyca-namespace': 'shop',
      'pyca-workload': 'Deployment/checkout',
      'pyca-pod': 'checkout-7d9f-x2x4z',
      'pyca-container': 'app',
      'pyca-agent-version': expect.stringMatching(/^\d+\.\d+\.\d+/),
    },
  });
  expect(Object.keys(message.properties.headers ?? {})).toHaveLength(5);
  expect(await agent.status()).toMatchObject({
    name: 'app',
    files: 2,
    lines: { executable: 4, covered: 3 },
    fingerprint: expect.stringMatching(/^[0-9a-f]{64}$/),
    lastReportTime: expect.stringMatching(/^\d{4}-.*Z$/),
    lastError: null,
  });
  expect(await (await agent.ask('/coverage?container=app')).text()).toBe(report.coverage.raw);
});

test('the first lines are reported at once, whatever the interval', async () => {
  const inbox = await Inbox.open(broker.url(user), exchange, { declare: TOPIC });
  await agent.start({ ...settings(), PYCA_FLUSH_INTERVAL: '1h' });
  await until(async () => (await agent.ask('/ready')).ok, 'ready');
  expect((await agent.status()).fingerprint).toBeNull();
  const file = writeLineMap(agent.data(), { path: '/app/cart.py', lines: '--' });
  await pause(2);
  expect(await inbox.fetch()).toEqual([]);
  const ran = Date.now();
  runLines(file, 1);
  await inbox.wait(1);
  expect(Date.now() - ran).toBeLessThan(3_000);
});

test('only a change is reported, and while nothing changes no connection is open', async () => {
  const inbox = await Inbox.open(broker.url(user), exchange, { declare: TOPIC });
  const file = writeLineMap(agent.data(), { path: '/app/cart.py', lines: '+--' });
  await agent.start(settings());
  await inbox.wait(1);
  const quiet = async () => (await broker.connections()).length === 0;
  const other = await connect(broker.url(user));
  expect(await quiet()).toBe(false);
  await other.close();
  await until(quiet, 'the connection is closed');
  for (let i = 0; i < 3; i++) {
    await pause(0.7);
    expect(await quiet()).toBe(true);
  }
  expect(await inbox.fetch()).toHaveLength(1);
  runLines(file, 3);
  const { report, message } = await inbox.wait(2);
  expect(report.coverage.raw).toBe('mode: count\ncart.py:1.0,1.0 1 1\ncart.py:3.0,3.0 1 1\ncart.py:2.0,2.0 1 0\n');
  expect(message.properties.messageId).not.toBe(inbox.received[0]?.message.properties.messageId);
  expect(agent.output.match(/report published/g)).toHaveLength(2);
});

test('each container has its own reports', async () => {
  const inbox = await Inbox.open(broker.url(user), exchange, { declare: TOPIC });
  writeLineMap(agent.data('app'), { path: '/app/app.py', lines: '+' });
  const worker = writeLineMap(agent.data('worker'), { path: '/app/worker.py', lines: '+-' });
  await agent.start({ ...settings(), PYCA_CONTAINERS: 'app,worker,idle' });
  await inbox.wait(2);
  runLines(worker, 2);
  await inbox.wait(3);
  await pause(1.5);
  const reports = (await inbox.fetch()).map(({ report, message }) => [
    message.properties.headers?.['pyca-container'],
    report.coverage.raw.split('\n').slice(1, -1),
  ]);
  expect(reports.slice(0, 2).sort()).toEqual([
    ['app', ['app.py:1.0,1.0 1 1']],
    ['worker', ['worker.py:1.0,1.0 1 1', 'worker.py:2.0,2.0 1 0']],
  ]);
  expect(reports.slice(2)).toEqual([['worker', ['worker.py:1.0,2.0 2 1']]]);
  expect(await agent.status('idle')).toMatchObject({ files: 0, fingerprint: null, lastError: null });
});

test.each([
  ['fanout', true],
  ['topic', false],
  ['direct', false],
])('an exchange that is there as %s, durable %s, is used as it is', async (type, durable) => {
  const inbox = await Inbox.open(broker.url(user), exchange, { declare: { type, durable } });
  writeLineMap(agent.data(), { path: '/app/cart.py', lines: '+' });
  await agent.start(settings());
  await inbox.wait(1);
  const exchanges = await broker.control('list_exchanges', '--no-table-headers', 'name', 'type', 'durable');
  expect(exchanges.split('\n')).toContain(`${exchange}\t${type}\t${durable}`);
});

test('an exchange that is not there is made; a report that no queue takes is kept until one does', async () => {
  writeLineMap(agent.data(), { path: '/app/cart.py', lines: '+' });
  await agent.start(settings());
  await until(async () => (await agent.status()).lastError?.code === 'BROKER_UNROUTABLE', 'unroutable');
  expect(await agent.status()).toMatchObject({ fingerprint: null, lastReportTime: null });
  const exchanges = await broker.control('list_exchanges', '--no-table-headers', 'name', 'type', 'durable');
  expect(exchanges.split('\n')).toContain(`${exchange}\ttopic\ttrue`);
  const inbox = await Inbox.open(broker.url(user), exchange);
  await inbox.wait(1);
  await pause(1);
  expect(await inbox.fetch()).toHaveLength(1);
  expect(await agent.status()).toMatchObject({ fingerprint: expect.any(String), lastError: null });
});

test('with wrong settings it still installs, gets ready and reports', async () => {
  const inbox = await Inbox.open(broker.url(user), exchange, { declare: TOPIC });
  writeLineMap(agent.data(), { path: '/app/cart.py', lines: '+' });
  await agent.start({ ...settings(), PYCA_FLUSH_INTERVAL: 'often' });
  await inbox.wait(1);
  expect((await agent.ask('/ready')).status).toBe(200);
  expect((await agent.status()).lastError).toMatchObject({
    code: 'CONFIG_INVALID',
    message: expect.stringContaining('PYCA_FLUSH_INTERVAL'),
  });
});

test('switched off, it is ready and reports nothing', async () => {
  const inbox = await Inbox.open(broker.url(user), exchange, { declare: TOPIC });
  writeLineMap(agent.data(), { path: '/app/cart.py', lines: '+' });
  await agent.start({ ...settings(), PYCA_ENABLED: 'false' });
  await until(async () => (await agent.ask('/ready')).ok, 'ready');
  await pause(1.5);
  expect(await inbox.fetch()).toEqual([]);
  expect((await agent.stop()).code).toBe(0);
});
