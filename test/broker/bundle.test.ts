/** The agent as the image has it: bundled, so what a dependency looks like to it may differ. */

import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { writeLineMap } from '../fixtures/line-map.ts';
import { Agent } from './agent.ts';
import { Inbox, pause, until } from './inbox.ts';
import { RabbitMq } from './rabbitmq.ts';

const ROOT = join(import.meta.dirname, '../..');
const NODE = join(ROOT, 'node_modules/node/bin/node');
const user = { name: 'coverage', password: 'coverage123' };
let broker: RabbitMq;
let agent: Agent;

beforeAll(async () => {
  execFileSync(join(ROOT, 'agent/preload/env/build.sh'));
  execFileSync(join(ROOT, 'agent/preload/python/compile.sh'), [], { stdio: ['ignore', 'ignore', 'pipe'] });
  execFileSync(NODE, ['image/bundle.ts'], { cwd: ROOT });
  broker = await RabbitMq.start([user]);
}, 120_000);
afterAll(() => broker.stop());
beforeEach(() => {
  agent = new Agent(NODE, join(ROOT, 'dist/image/pyca.js'));
});
afterEach(() => agent.end());

test('installs the preload for this processor', async () => {
  await agent.start({ PYCA_RABBITMQ_URL: broker.url(user) });
  await until(async () => (await agent.ask('/ready')).ok, 'ready');
  const installed = readdirSync(join(agent.folder, 'preload'), { recursive: true, encoding: 'utf8' });
  expect(installed).toEqual(expect.arrayContaining(['pyca-env.so', 'python/sitecustomize.py']));
  expect((await agent.status()).lastError).toBeNull();
});

test('publishes, and idles with 50 files in 25 MB of its own', async () => {
  const inbox = await Inbox.open(broker.url(user), 'coverage_exchange', { declare: { type: 'topic', durable: true } });
  for (let i = 0; i < 50; i++) writeLineMap(agent.data(), { path: `/app/module_${i}.py`, ...moduleOf(400) });
  await agent.start({ PYCA_RABBITMQ_URL: broker.url(user) });
  const { report } = await inbox.wait(1);
  expect(report.coverage.raw.split('\n').length).toBeGreaterThan(1_000);
  await pause(3);
  expect(privateMemory(agent.pid)).toBeLessThan(25_000_000);
});

function moduleOf(lines: number): { lines: string; source: string } {
  const numbers = [...Array(lines).keys()];
  return {
    lines: numbers.map((i) => (i % 10 < 6 ? '+' : '-')).join(''),
    source: numbers.map((i) => `price_${i} = Money("EUR", ${i}, rounding=BANKERS)  # line ${i} of them\n`).join(''),
  };
}

/** In bytes: what the process has to itself and no file backs. */
function privateMemory(pid: number): number {
  const [, kilobytes] = /Private_Dirty:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8')) ?? [];
  return Number(kilobytes) * 1024;
}
