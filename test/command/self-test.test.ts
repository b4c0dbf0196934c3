import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import type { StepResult } from '../../agent/self-test/steps.ts';
import { reportSchema } from '../../coverage/report.ts';
import { freePort } from '../broker/free-port.ts';
import { Inbox } from '../broker/inbox.ts';
import { RabbitMq } from '../broker/rabbitmq.ts';
import { temporaryFolder } from '../fixtures/temporary-folder.ts';
import { supported } from '../preload/python/pythons.ts';
import { pyca } from './pyca.ts';

const python = supported.findLast(({ command }) => command.endsWith('/python'))?.command ?? 'python3';
const LOCAL = ['settings', 'python', 'run', 'collect', 'fingerprint'];
const BROKER = ['connect', 'exchange', 'permission', 'queue', 'mailbox', 'publish', 'read back'];

type Tested = { code: number | null; ok: boolean; steps: StepResult[]; states: Record<string, string>; output: string };

async function selfTest(sink: string, ...args: string[]): Promise<Tested> {
  const cwd = temporaryFolder();
  const { code, stdout, stderr } = await pyca(['test', '--json', '--python', python, ...args], {
    cwd,
    env: { PYCA_SINK: sink },
  });
  expect(stderr).toBe('');
  const { ok, steps } = JSON.parse(stdout) as { ok: boolean; steps: StepResult[] };
  return { code, ok, steps, states: Object.fromEntries(steps.map(({ step, state }) => [step, state])), output: stdout };
}

const all = (state: string, steps: string[]) => Object.fromEntries(steps.map((step) => [step, state]));
const failure = ({ steps }: Tested) => steps.find(({ state }) => state === 'failed');

describe('RabbitMQ', () => {
  const user = { name: 'coverage', password: 'coverage123' };
  /** All that an agent needs, and no more. */
  const agent = {
    name: 'agent',
    password: 'secret-1',
    permissions: { configure: '', write: '^coverage_exchange$', read: '' },
  };
  const stranger = { name: 'stranger', password: 'secret-2', permissions: { configure: '', write: '', read: '' } };
  let broker: RabbitMq;

  beforeAll(async () => {
    broker = await RabbitMq.start([user, agent, stranger]);
  });
  afterAll(() => broker.stop());

  test('all is well: the report comes back, and no reader of reports sees it', async () => {
    const declare = { type: 'topic', durable: true };
    const inbox = await Inbox.open(broker.url(user), 'coverage_exchange', { declare });
    const tested = await selfTest(broker.url(user));
    expect(tested.states).toEqual({ ...all('ok', [...LOCAL, ...BROKER]), queue: 'note' });
    expect(tested).toMatchObject({ code: 0, ok: true });
    expect(await inbox.fetch()).toEqual([]);
    expect(await broker.control('list_queues', '--no-table-headers', 'name')).toBe('inbox.coverage_exchange');
    expect(tested.output).not.toContain(user.password);
  });

  test('the queue of reports is told of when it is there', async () => {
    const { connect } = await import('amqplib');
    const connection = await connect(broker.url(user));
    const channel = await connection.createChannel();
    await channel.assertQueue('coverage_queue');
    const { steps } = await selfTest(broker.url(user));
    expect(steps.find(({ step }) => step === 'queue')).toMatchObject({
      state: 'ok',
      message: expect.stringMatching(/0 messages wait, 0 read it/),
    });
    await channel.deleteQueue('coverage_queue');
    await connection.close();
  });

  test('a user who may do no more than an agent must: nothing is read back, which is no fault', async () => {
    const tested = await selfTest(broker.url(agent));
    expect(tested.states).toMatchObject({ permission: 'ok', mailbox: 'note', publish: 'ok', 'read back': 'note' });
    expect(tested.code).toBe(0);
  });

  test('no permission on the exchange', async () => {
    const tested = await selfTest(broker.url(stranger));
    expect(failure(tested)).toMatchObject({
      step: 'permission',
      code: 'BROKER_REFUSED',
      remedy: expect.stringMatching(/permissions/),
    });
    expect(tested.states).toMatchObject({ ...all('ok', LOCAL), connect: 'ok', exchange: 'ok', publish: 'skipped' });
    expect(tested.code).toBe(1);
  });

  test('a wrong password', async () => {
    const tested = await selfTest(broker.url({ ...user, password: 'wrong-password' }));
    expect(failure(tested)).toMatchObject({ step: 'connect', code: 'BROKER_CREDENTIALS' });
    expect(tested.code).toBe(1);
    expect(tested.output).not.toContain('wrong-password');
  });
});

test('nowhere to write to: the way to the broker is tried all the same', async () => {
  const env = { TMPDIR: '/proc', PYCA_SINK: `amqp://guest:guest@127.0.0.1:${await freePort()}/` };
  const { code, stdout } = await pyca(['test', '--json', '--python', python], { cwd: temporaryFolder(), env });
  const failed = JSON.parse(stdout).steps.filter(({ state }: StepResult) => state === 'failed');
  expect([code, ...failed.map(({ step }: StepResult) => step)]).toEqual([1, 'run', 'connect']);
});

test('nobody there: what is ours is tried all the same', async () => {
  const tested = await selfTest(`amqp://guest:guest@127.0.0.1:${await freePort()}/`);
  expect(tested.states).toEqual({ ...all('ok', LOCAL), ...all('skipped', BROKER), connect: 'failed' });
  expect(failure(tested)).toMatchObject({ code: 'BROKER_UNREACHABLE', remedy: expect.any(String) });
  expect(tested.code).toBe(1);
});

describe('an HTTP ingest', () => {
  async function ingest(status: number) {
    const received: { headers: IncomingHttpHeaders; body: string }[] = [];
    const server = createServer(async (request, response) => {
      const body = (await request.toArray()).join('');
      if (request.method === 'POST') received.push({ headers: request.headers, body });
      response.writeHead(request.method === 'POST' ? status : 405).end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/reports`, received };
  }

  test('gets one report, marked as a test', async () => {
    const { url, received } = await ingest(202);
    const tested = await selfTest(url);
    expect(tested.states).toEqual(all('ok', [...LOCAL, 'connect', 'publish']));
    expect(received).toHaveLength(1);
    expect(received[0]?.headers['pyca-test']).toBe('true');
    expect(reportSchema.parse(JSON.parse(received[0]?.body ?? '')).commit).toBe('');
  });

  test('that refuses it', async () => {
    const tested = await selfTest((await ingest(403)).url);
    expect(failure(tested)).toMatchObject({ step: 'publish', code: 'SINK_REFUSED' });
    expect(tested.code).toBe(1);
  });
});

describe('a file', () => {
  test('is left as it is', async () => {
    const file = join(temporaryFolder(), 'reports.ndjson');
    const tested = await selfTest(`file://${file}`);
    expect(tested.states).toEqual(all('ok', [...LOCAL, 'file', 'publish', 'read back']));
    expect(existsSync(file)).toBe(false);
    expect(readdirSync(join(file, '..'))).toEqual([]);
  });

  test('that is a folder', async () => {
    const folder = join(temporaryFolder(), 'reports.ndjson');
    mkdirSync(folder);
    expect(failure(await selfTest(`file://${folder}`))).toMatchObject({ step: 'file', code: 'SINK_UNWRITABLE' });
  });
});

describe('what is ours', () => {
  test('a Python that is none', async () => {
    const tested = await selfTest(`file://${temporaryFolder()}/a.ndjson`, '--python', '/nowhere/python');
    expect(failure(tested)).toMatchObject({
      step: 'python',
      code: 'PYTHON_NOT_FOUND',
      message: 'there is no /nowhere/python',
    });
    expect(tested.states).toMatchObject({ run: 'skipped', file: 'ok', publish: 'skipped' });
  });

  test('a wrong setting', async () => {
    const tested = await selfTest('gopher://example.org');
    expect(failure(tested)).toMatchObject({ step: 'settings', code: 'CONFIG_INVALID' });
    expect(tested.code).toBe(1);
  });

  test('the steps are printed for people', async () => {
    const cwd = temporaryFolder();
    writeFileSync(join(cwd, '.env'), 'PYCA_SINK=file:reports.ndjson\n');
    const { code, stdout } = await pyca(['test', '--python', python], { cwd });
    expect(stdout).toMatch(/^✓ python {7}CPython 3\./m);
    expect(stdout).toMatch(/^✓ read back /m);
    expect(stdout).toMatch(/\nEvery step went well\.\n$/);
    expect(code).toBe(0);
  });
});
