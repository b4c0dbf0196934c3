/** Where `pyca run` reports to: RabbitMQ, HTTP, files; and what it says where it cannot. */

import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parseRaw } from '../../coverage/raw-text.ts';
import { reportSchema } from '../../coverage/report.ts';
import { Inbox, until } from '../broker/inbox.ts';
import { RabbitMq } from '../broker/rabbitmq.ts';
import { inChroot, type Python, supported } from '../preload/python/pythons.ts';
import { ending, Project } from './project.ts';

const { command } = supported.findLast((candidate) => !inChroot(candidate)) as Python;
const LINES = new Map([['app.py', { executed: [1], missing: [] }]]);
const project = (files: Record<string, string> = {}) => new Project({ 'app.py': 'x = 1\n', ...files });
const RUN = ['--', command, 'app.py'];

const user = { name: 'coverage', password: 'p4ss/w@rd' };
let broker: RabbitMq;
let http: Server;
let address: string;
let status = 204;
const requests: { headers: IncomingMessage['headers']; body: string }[] = [];

beforeAll(async () => {
  broker = await RabbitMq.start([user]);
  http = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => {
      body += chunk;
    });
    request.on('end', () => {
      requests.push({ headers: request.headers, body });
      response.writeHead(status).end();
    });
  });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  address = `http://127.0.0.1:${(http.address() as { port: number }).port}/reports`;
});
afterAll(async () => {
  http.close();
  await broker.stop();
});

test.each(['an option', 'the environment', '.env'])('to RabbitMQ, by %s', async (origin) => {
  const exchange = `exchange-${origin.replace(/\W/g, '')}`;
  const inbox = await Inbox.open(broker.url(user), exchange, { declare: { type: 'topic', durable: true } });
  const url = broker.url(user);
  const p = project(origin === '.env' ? { '.env': `PYCA_RABBITMQ_URL=${url}\n` } : {});
  const { status, stderr } = p.pyca(['run', ...(origin === 'an option' ? ['--sink', url] : []), ...RUN], {
    PYCA_EXCHANGE: exchange,
    ...(origin === 'the environment' ? { PYCA_SINK: url } : {}),
  });
  expect(status).toBe(0);
  expect(stderr).toContain(`reported to amqp://127.0.0.1:${broker.port}/ ${exchange}\n`);
  expect(stderr).not.toContain(user.password);
  const { report, message } = await inbox.wait(1);
  expect(reportSchema.parse(report)).toEqual(report);
  expect(parseRaw(report.coverage.raw)).toEqual(LINES);
  expect(report.branch).toBe('main');
  expect(message.properties.headers).not.toHaveProperty('pyca-session');
  expect(await inbox.fetch()).toHaveLength(1);
});

test('to an HTTP ingest, with its token; neither that nor a key in the address is told', async () => {
  const run = project().start(['run', '--sink', `${address}?key=hidden`, ...RUN], { PYCA_SINK_TOKEN: 'sink-token' });
  expect((await ending(run)).code).toBe(0);
  expect(requests).toHaveLength(1);
  expect(requests[0]?.headers.authorization).toBe('Bearer sink-token');
  expect(parseRaw(JSON.parse(requests[0]?.body ?? '').coverage.raw)).toEqual(LINES);
  expect(run.output()).toContain(`pyca: reported to ${address}\n`);
  expect(run.output()).not.toMatch(/hidden|sink-token/);
});

test('an ingest that refuses is told, with the remedy', async () => {
  status = 403;
  const run = project().start(['run', '--sink', address, ...RUN]);
  expect((await ending(run)).code).toBe(0);
  expect(run.output()).toContain('not reported');
  expect(run.output()).toContain('SINK_REFUSED');
  expect(run.output()).toContain('PYCA_SINK_TOKEN');
});

test('to a file, wherever it is; several runs add lines to it', () => {
  const p = project();
  const file = join(p.home, 'all reports.ndjson');
  for (let i = 0; i < 2; i++) p.pyca(['run', '--sink', `file://${file}`, ...RUN]);
  const reports = readFileSync(file, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => reportSchema.parse(JSON.parse(line)));
  expect(reports.map(({ coverage }) => parseRaw(coverage.raw))).toEqual([LINES, LINES]);
  expect(p.reports()).toEqual([]);
});

test.each([
  ['amqp://u:s3cret@127.0.0.1:1/', 'BROKER_UNREACHABLE'],
  ['http://127.0.0.1:1/', 'SINK_UNREACHABLE'],
  ['file:///dev/null/reports.ndjson', 'SINK_UNWRITABLE'],
])('where %s takes nothing, the command’s end is its own within 5 s, and it is said why', (sink, code) => {
  const p = project();
  const started = Date.now();
  const { status, stdout, stderr } = p.pyca([
    'run',
    '--sink',
    sink,
    '--',
    'bash',
    '-c',
    `${command} app.py; echo done; exit 6`,
  ]);
  expect([status, stdout]).toEqual([6, 'done\n']);
  expect(Date.now() - started).toBeLessThan(8_000);
  expect(stderr).toContain('not reported');
  expect(stderr).toContain(code);
  expect(stderr).not.toContain('s3cret');
  // What ran is there to be looked at all the same.
  expect(p.collected()).toEqual(LINES);
});

test('a broker that answers nothing is not waited for beyond 5 s; an impatient user not at all', async () => {
  const { createServer: createTcp } = await import('node:net');
  const silent = createTcp(() => {});
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  const { port } = silent.address() as { port: number };
  const run = () =>
    project({ 'app.py': 'x = 1\nprint("over", flush=True)\n' }).start([
      'run',
      '--sink',
      `amqp://u:p@127.0.0.1:${port}/`,
      ...RUN,
    ]);
  const patient = run();
  await until(async () => patient.output().includes('over'), 'it runs');
  const over = Date.now();
  expect((await ending(patient)).code).toBe(0);
  expect(Date.now() - over).toBeLessThan(5_500);
  expect(patient.output()).toContain('not reported');

  const impatient = run();
  await until(async () => impatient.output().includes('over'), 'it runs');
  await new Promise((resolve) => setTimeout(resolve, 500));
  const asked = Date.now();
  impatient.kill('SIGINT');
  expect((await ending(impatient)).code).toBe(0);
  expect(Date.now() - asked).toBeLessThan(1_500);
  silent.close();
});
