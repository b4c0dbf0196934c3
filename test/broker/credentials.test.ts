import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { writeLineMap } from '../fixtures/line-map.ts';
import { Agent } from './agent.ts';
import { Inbox, until } from './inbox.ts';
import { RabbitMq } from './rabbitmq.ts';

const admin = { name: 'admin', password: 'test' };
const reporter = {
  name: 'reporter@shop',
  password: 'p/a:s@s#w%ö rd',
  permissions: { configure: '^$', write: '^(existing|coverage_exchange)$', read: '^$' },
};
const TOPIC = { type: 'topic', durable: true };
let broker: RabbitMq;
let agent: Agent;

beforeAll(async () => {
  broker = await RabbitMq.start([admin, reporter]);
}, 120_000);
afterAll(() => broker.stop());
beforeEach(() => {
  agent = new Agent();
  writeLineMap(agent.data(), { path: '/app/cart.py', lines: '+' });
});
afterEach(() => agent.end());

const failsWith = (code: string) => until(async () => (await agent.status()).lastError?.code === code, code);

async function everythingItSays(): Promise<string> {
  const answers = await Promise.all(
    ['/status', '/metrics', '/ready'].map((path) => agent.ask(path).then((r) => r.text())),
  );
  return [agent.output, ...answers].join('\n');
}

test('a user who may only write needs no more, and a password of odd characters is understood', async () => {
  const inbox = await Inbox.open(broker.url(admin), 'existing', { declare: TOPIC });
  await agent.start({ PYCA_RABBITMQ_URL: broker.url(reporter), PYCA_EXCHANGE: 'existing' });
  await inbox.wait(1);
});

test('a secret that comes late, is wrong, and is rotated: each is said, none is told, the report arrives', async () => {
  const inbox = await Inbox.open(broker.url(admin), 'coverage_exchange', { declare: TOPIC });
  const urlFile = join(agent.folder, 'broker/url');
  await agent.start({ PYCA_RABBITMQ_URL_FILE: urlFile, PYCA_FLUSH_INTERVAL: '0.5' });
  await failsWith('BROKER_UNCONFIGURED');
  expect((await agent.ask('/ready')).status).toBe(200);

  mkdirSync(join(agent.folder, 'broker'));
  writeFileSync(urlFile, broker.url({ ...reporter, password: 'hunter2-wrong' }));
  await failsWith('BROKER_CREDENTIALS');
  expect((await agent.status()).lastError?.remedy).toContain('Secret');

  writeFileSync(urlFile, 'http://reporter:hunter2-wrong@rabbit/');
  await failsWith('CONFIG_INVALID');

  writeFileSync(urlFile, broker.url(reporter));
  await inbox.wait(1);
  await until(async () => (await agent.status()).lastError === null, 'well again');
  const said = await everythingItSays();
  expect(said).toContain('BROKER_CREDENTIALS');
  for (const secret of ['hunter2', 'reporter', reporter.password, encodeURIComponent(reporter.password)]) {
    expect(said).not.toContain(secret);
  }
});

test.each([
  ['BROKER_REFUSED', 'an exchange it may not write to', () => ({ url: broker.url(reporter), exchange: 'forbidden' })],
  ['BROKER_REFUSED', 'an exchange it may not make', () => ({ url: broker.url(reporter), exchange: 'missing' })],
  [
    'BROKER_VHOST',
    'a virtual host that is not there',
    () => ({ url: `${broker.url(reporter)}nowhere`, exchange: 'existing' }),
  ],
  [
    'BROKER_TLS',
    'TLS where the broker speaks none',
    () => ({ url: broker.url(reporter).replace('amqp:', 'amqps:'), exchange: 'existing' }),
  ],
  [
    'BROKER_UNREACHABLE',
    'a name that is not known',
    () => ({ url: 'amqp://reporter:hunter2@nowhere.invalid/', exchange: 'existing' }),
  ],
])('%s: %s', async (code, _, given) => {
  await Inbox.open(broker.url(admin), 'forbidden', { declare: TOPIC });
  const { url, exchange } = given();
  await agent.start({ PYCA_RABBITMQ_URL: url, PYCA_EXCHANGE: exchange });
  await failsWith(code);
  expect((await agent.ask('/ready')).status).toBe(200);
  const said = await everythingItSays();
  for (const secret of ['hunter2', 'reporter', reporter.password, encodeURIComponent(reporter.password)]) {
    expect(said).not.toContain(secret);
  }
  expect(await broker.connections()).toEqual([]);
});

test('a secret that may not be read is said', async () => {
  const urlFile = join(agent.folder, 'url');
  mkdirSync(urlFile);
  chmodSync(urlFile, 0o700);
  await agent.start({ PYCA_RABBITMQ_URL_FILE: urlFile });
  await failsWith('BROKER_UNCONFIGURED');
  expect((await agent.status()).lastError?.message).toContain('not readable');
});
