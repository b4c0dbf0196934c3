/** The sidecar with each kind of sink, as a process of its own. */

import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { reportSchema } from '../../coverage/report.ts';
import { httpServer } from '../fixtures/http-server.ts';
import { runLines, writeLineMap } from '../fixtures/line-map.ts';
import { Agent } from './agent.ts';
import { Inbox, until } from './inbox.ts';
import { RabbitMq } from './rabbitmq.ts';

const PYCA = fileURLToPath(new URL('../../bin/pyca', import.meta.url));
const user = { name: 'coverage', password: 'hunt/er2' };
let broker: RabbitMq;
let agent: Agent;

beforeAll(async () => {
  broker = await RabbitMq.start([user]);
}, 120_000);
afterAll(() => broker.stop());
beforeEach(() => {
  agent = new Agent();
});
afterEach(() => agent.end());

const reported = () => until(async () => (await agent.status()).fingerprint !== null, 'reported');

test('amqp: what PYCA_SINK names comes before PYCA_RABBITMQ_URL', async () => {
  const inbox = await Inbox.open(broker.url(user), 'sinks', { declare: { type: 'topic', durable: true } });
  writeLineMap(agent.data(), { path: '/app/cart.py', lines: '+-' });
  await agent.start({
    PYCA_SINK: broker.url(user),
    PYCA_RABBITMQ_URL: 'amqp://nobody@127.0.0.1:1/',
    PYCA_EXCHANGE: 'sinks',
  });
  const { report } = await inbox.wait(1);
  expect(report.coverage.raw).toBe('mode: count\ncart.py:1.0,1.0 1 1\ncart.py:2.0,2.0 1 0\n');
});

test('http: kept while the ingest is away, sent once when it is back, and never a word of its body in the log', async () => {
  let away = true;
  const ingest = await httpServer((response) => response.writeHead(away ? 503 : 202).end('hunter3'));
  const file = writeLineMap(agent.data(), { path: '/app/cart.py', lines: '+-' });
  await agent.start({ PYCA_SINK: `${ingest.url}/ingest`, PYCA_SINK_TOKEN: 'hunter2', PYCA_FLUSH_INTERVAL: '0.5' });
  await until(async () => (await agent.status()).lastError?.code === 'SINK_BUSY', 'busy');
  away = false;
  await reported();
  const sent = () => ingest.received.filter(({ body }) => body.includes('cart.py:1.0,2.0'));
  expect(sent()).toHaveLength(0);
  runLines(file, 2);
  await until(async () => sent().length > 0, 'the next report');
  expect(reportSchema.parse(JSON.parse(sent()[0]?.body ?? '')).coverage.raw).toBe('mode: count\ncart.py:1.0,2.0 2 1\n');
  expect(sent()[0]?.headers).toMatchObject({ authorization: 'Bearer hunter2', 'pyca-message-id': expect.any(String) });
  expect((await agent.status()).lastError).toBeNull();
  await agent.stop();
  expect(sent()).toHaveLength(1);
  expect(agent.output).not.toContain('hunter');
});

test('file: a line for each report, the last one at SIGTERM', async () => {
  const path = join(agent.folder, 'out/reports.ndjson');
  const file = writeLineMap(agent.data(), { path: '/app/cart.py', lines: '+-' });
  await agent.start({ PYCA_SINK: `file://${path}`, PYCA_FLUSH_INTERVAL: '1h' });
  await reported();
  runLines(file, 2);
  expect((await agent.stop()).code).toBe(0);
  const raws = readFileSync(path, 'utf8')
    .split('\n')
    .slice(0, -1)
    .map((line) => reportSchema.parse(JSON.parse(line)).coverage.raw);
  expect(raws).toEqual([
    'mode: count\ncart.py:1.0,1.0 1 1\ncart.py:2.0,2.0 1 0\n',
    'mode: count\ncart.py:1.0,2.0 2 1\n',
  ]);
  expect(existsSync(join(agent.folder, '.pyca_fingerprint'))).toBe(false);
});

test('pyca status looks at the broker: there, wrong password, no such virtual host', async () => {
  const look = async (url: string) => {
    const env = { PATH: process.env.PATH, HOME: agent.folder, PYCA_SINK: url, PYCA_EXCHANGE: 'sinks' };
    const run = promisify(execFile)(PYCA, ['status', '--json'], { cwd: agent.folder, env });
    const { stdout } = await run.catch((error) => error);
    return JSON.parse(stdout);
  };
  const address = `amqp://127.0.0.1:${broker.port}`;
  expect(await look(broker.url(user))).toMatchObject({
    sink: { address: `${address}/ sinks`, reachable: true },
    problems: [],
  });
  expect(await look(broker.url({ ...user, password: 'hunter3' }))).toMatchObject({
    sink: { reachable: false },
    problems: [{ code: 'BROKER_CREDENTIALS' }],
  });
  expect(await look(`${broker.url(user)}shop`)).toMatchObject({
    sink: { address: `${address}/shop sinks` },
    problems: [{ code: 'BROKER_VHOST' }],
  });
});
