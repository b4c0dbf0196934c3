/** Sessions of an agent as pods have it: several containers, restarts, a broker that is away. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { parseRaw } from '../../coverage/raw-text.ts';
import { runLines, writeLineMap } from '../fixtures/line-map.ts';
import { Agent } from './agent.ts';
import { Inbox, pause, until } from './inbox.ts';
import { RabbitMq } from './rabbitmq.ts';

const user = { name: 'coverage', password: 'coverage123' };
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
  exchange = `sessions-${++count}`;
});
afterEach(() => agent.end());

const start = async (settings: Record<string, string> = {}) => {
  await agent.start({
    PYCA_RABBITMQ_URL: broker.url(user),
    PYCA_EXCHANGE: exchange,
    PYCA_FLUSH_INTERVAL: '1h',
    PYCA_CONTAINERS: 'app,worker',
    PYCA_SESSIONS: 'true',
    PYCA_SESSION_TOKEN: 'token',
    ...settings,
  });
  await until(async () => (await agent.ask('/ready')).ok, 'ready');
};
const ask = async (method: string, path: string) => {
  const response = await agent.ask(path, { method, headers: { Authorization: 'Bearer token' } });
  return { status: response.status, body: await response.json() };
};
const mark = (container: string, path: string, lines: string) => {
  const generation = readFileSync(join(agent.data(container), 'session'))[0];
  return writeLineMap(join(agent.data(container), `session-${generation}`), { path, lines });
};
const ofSession = (inbox: Inbox, name: string) =>
  inbox.received.filter(({ message }) => message.properties.headers?.['pyca-session'] === name);

test('each container reports the session once, beside its total', async () => {
  const inbox = await Inbox.open(broker.url(user), exchange, { declare: { type: 'topic', durable: true } });
  writeLineMap(agent.data('app'), { path: '/app/cart.py', lines: '+++' });
  await start();
  await inbox.wait(1);
  expect((await ask('POST', '/sessions/checkout')).status).toBe(201);
  mark('app', '/app/cart.py', '-+-');
  mark('worker', '/app/jobs.py', '+');
  const { status, body } = await ask('DELETE', '/sessions/checkout');
  expect([status, body]).toEqual([200, expect.objectContaining({ files: 2, lines: { executable: 4, covered: 2 } })]);
  await inbox.wait(3);
  await pause(1);
  await inbox.fetch();
  expect(inbox.received).toHaveLength(3);
  const reports = ofSession(inbox, 'checkout').map(({ report, message }) => [
    message.properties.headers?.['pyca-container'],
    Object.fromEntries(parseRaw(report.coverage.raw)),
  ]);
  expect(reports.sort()).toEqual([
    ['app', { 'cart.py': { executed: [2], missing: [1, 3] } }],
    ['worker', { 'jobs.py': { executed: [1], missing: [] } }],
  ]);
  expect((await ask('GET', '/sessions/checkout')).body).toMatchObject({ reported: true });
});

test('an agent that was killed goes on with its open session, and reports what it had not', async () => {
  const inbox = await Inbox.open(broker.url(user), exchange, { declare: { type: 'topic', durable: true } });
  await start();
  await ask('POST', '/sessions/long');
  const file = mark('app', '/app/cart.py', '+--');
  await agent.stop('SIGKILL');
  runLines(file, 2);
  await start();
  expect((await ask('POST', '/sessions/other')).status).toBe(409);
  expect((await ask('GET', '/sessions/long')).body).toMatchObject({ stopped: null, lines: { covered: 2 } });
  runLines(file, 3);
  await ask('DELETE', '/sessions/long');
  await inbox.wait(1);
  expect(parseRaw(ofSession(inbox, 'long')[0]?.report.coverage.raw ?? '').get('cart.py')?.executed).toEqual([1, 2, 3]);
});

test('what the broker did not take is reported when it does, by the next agent if need be', async () => {
  const inbox = await Inbox.open(broker.url(user), exchange, { declare: { type: 'topic', durable: true } });
  await start({ PYCA_RABBITMQ_URL: 'amqp://coverage:coverage123@127.0.0.1:1/' });
  await ask('POST', '/sessions/lost');
  mark('worker', '/app/jobs.py', '+');
  expect((await ask('DELETE', '/sessions/lost')).body).toMatchObject({ reported: false });
  await until(async () => (await agent.status()).lastError?.code === 'BROKER_UNREACHABLE', 'it is said');
  await agent.stop();
  expect(await inbox.fetch()).toEqual([]);
  await start();
  await inbox.wait(1);
  expect(ofSession(inbox, 'lost')).toHaveLength(1);
  await agent.stop();
  await start();
  await pause(1);
  expect(await inbox.fetch()).toHaveLength(1);
});

test('without a token only who is in the agent’s container starts sessions; off by default', async () => {
  await start({ PYCA_SESSION_TOKEN: '' });
  expect(await ask('POST', '/sessions/a')).toMatchObject({ status: 403, body: { code: 'SESSION_TOKEN_UNSET' } });
  await agent.stop();
  await start({ PYCA_SESSIONS: '' });
  expect(await ask('POST', '/sessions/a')).toMatchObject({ status: 404, body: { code: 'SESSIONS_OFF' } });
});
