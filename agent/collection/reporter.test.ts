/** With a broker it is tested in test/broker; this is about what an agent remembers, and how patient it is. */

import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { createLogger } from '../../diagnostics/logger.ts';
import { httpServer } from '../../test/fixtures/http-server.ts';
import { runLines, writeLineMap } from '../../test/fixtures/line-map.ts';
import { ORIGIN } from '../../test/fixtures/report.ts';
import { temporaryFolder } from '../../test/fixtures/temporary-folder.ts';
import { FileSink } from '../sink/file-sink.ts';
import { HttpSink } from '../sink/http-sink.ts';
import { DataFolder } from './data-folder.ts';
import { FingerprintFile } from './fingerprint-file.ts';
import { Reporter, type ReporterOptions } from './reporter.ts';

const log = createLogger('test', 'silent');

function project() {
  const home = temporaryFolder();
  const folder = join(home, 'shop');
  const file = writeLineMap(join(home, 'data'), { path: `${folder}/cart.py`, root: folder, lines: '++-' });
  const sink = new FileSink(join(home, 'reports.ndjson'));
  const reports = () => (existsSync(sink.path) ? readFileSync(sink.path, 'utf8').split('\n').slice(0, -1) : []);
  return { home, folder, file, sink, reports, memoryFile: join(home, '.pyca_fingerprint') };
}

type Project = ReturnType<typeof project>;

/** An agent's whole life: start, one look, last flush. */
async function agent(
  { home, folder, sink: fileSink }: Project,
  commit = 'c0ffee',
  sink: ReporterOptions['sink'] = fileSink,
) {
  const repository = { ...ORIGIN.repository, commit, root: folder };
  const memory = new FingerprintFile({ repository, folder, sink, env: { HOME: home } });
  const data = new DataFolder(join(home, 'data'));
  const reporter = new Reporter({ folder: data, sink, origin: { ...ORIGIN, repository }, interval: 60, memory, log });
  const stop = new AbortController();
  stop.abort();
  await reporter.run(stop.signal);
  return reporter.state;
}

test('an agent that starts again with nothing new publishes nothing', async () => {
  const shop = project();
  const first = await agent(shop);
  expect(first).toMatchObject({ reports: 1, fingerprint: expect.stringMatching(/^[0-9a-f]{64}$/) });
  expect(await agent(shop)).toMatchObject({ reports: 0, fingerprint: first.fingerprint, lastError: null });
  expect(shop.reports()).toHaveLength(1);
  expect(JSON.parse(readFileSync(shop.memoryFile, 'utf8'))).toEqual({
    [`https://example.org/shop.git main c0ffee file://${shop.sink.path}`]: first.fingerprint,
  });
  runLines(shop.file, 3);
  expect(await agent(shop)).toMatchObject({ reports: 1 });
  expect(shop.reports()).toHaveLength(2);
  expect(JSON.parse(shop.reports()[1] ?? '').coverage.raw).toBe('mode: count\ncart.py:1.0,3.0 3 1\n');
});

test('the same lines of another commit are news, and only the last commit is remembered', async () => {
  const shop = project();
  await agent(shop, 'c1');
  expect(await agent(shop, 'c2')).toMatchObject({ reports: 1 });
  expect(Object.keys(JSON.parse(readFileSync(shop.memoryFile, 'utf8')))).toHaveLength(1);
});

test('so they are for another sink, or for a file that was taken away', async () => {
  const shop = project();
  await agent(shop);
  const other = new FileSink(join(shop.home, 'other.ndjson'));
  expect(await agent(shop, 'c0ffee', other)).toMatchObject({ reports: 1 });
  expect(await agent(shop)).toMatchObject({ reports: 0 });
  rmSync(shop.sink.path);
  expect(await agent(shop)).toMatchObject({ reports: 1 });
});

test.each(['', '{', '[]', 'null', '{"x": {}}'])('a memory of %j is none, and is written anew', async (text) => {
  const shop = project();
  writeFileSync(shop.memoryFile, text);
  expect(await agent(shop)).toMatchObject({ reports: 1 });
  expect(await agent(shop)).toMatchObject({ reports: 0 });
});

test('what was not confirmed is not remembered', async () => {
  const shop = project();
  const ingest = await httpServer((response, _, count) => response.writeHead(count === 1 ? 403 : 204).end());
  const sink = new HttpSink({ url: new URL(ingest.url), name: 'test' });
  expect(await agent(shop, 'c1', sink)).toMatchObject({
    reports: 0,
    fingerprint: null,
    lastError: { code: 'SINK_REFUSED' },
  });
  expect(existsSync(shop.memoryFile)).toBe(false);
  expect(await agent(shop, 'c1', sink)).toMatchObject({ reports: 1, lastError: null });
});

test('a server that asks for patience gets it', async () => {
  const { home } = project();
  const ingest = await httpServer((response, _, count) =>
    count === 1 ? response.writeHead(429, { 'retry-after': '2' }).end() : response.writeHead(204).end(),
  );
  const sink = new HttpSink({ url: new URL(ingest.url), name: 'test' });
  const reporter = new Reporter({
    folder: new DataFolder(join(home, 'data')),
    sink,
    origin: ORIGIN,
    interval: 0.1,
    log,
  });
  const stop = new AbortController();
  const started = Date.now();
  const running = reporter.run(stop.signal);
  await expect.poll(() => reporter.state.lastError?.code).toBe('SINK_BUSY');
  await expect.poll(() => ingest.received.length, { timeout: 5_000 }).toBe(2);
  expect(Date.now() - started).toBeGreaterThanOrEqual(1_900);
  await expect.poll(() => reporter.state).toMatchObject({ reports: 1, lastError: null });
  stop.abort();
  await running;
});

test.each([
  ['503', 'now', {}, 2],
  ['429', 'in a second', { 'retry-after': '1' }, 2],
  ['429', 'too late', { 'retry-after': '60' }, 1],
])('at its end, too, where it still can: %s, %s', async (status, _, headers, requests) => {
  const shop = project();
  const ingest = await httpServer((response, __, count) =>
    response.writeHead(count === 1 ? Number(status) : 204, headers).end(),
  );
  const sink = new HttpSink({ url: new URL(ingest.url), name: 'test' });
  expect(await agent(shop, 'c1', sink)).toMatchObject({ reports: requests - 1 });
  expect(ingest.received).toHaveLength(requests);
});

test('what is asked for before a report may fill in its facts, and later reports have them', async () => {
  const shop = project();
  let asked = 0;
  const repository = {
    ...ORIGIN.repository,
    complete: async () => {
      await sleep(50);
      if (++asked === 2) repository.repo_id = '42';
    },
  };
  const data = new DataFolder(join(shop.home, 'data'));
  const reporter = new Reporter({
    folder: data,
    sink: shop.sink,
    origin: { ...ORIGIN, repository },
    interval: 0.05,
    log,
  });
  const stop = new AbortController();
  const running = reporter.run(stop.signal);
  await expect.poll(() => shop.reports().length).toBe(1);
  runLines(shop.file, 3);
  await expect.poll(() => shop.reports().length).toBe(2);
  stop.abort();
  await running;
  expect(shop.reports().map((line) => JSON.parse(line).repo_id)).toEqual(['', '42']);
});
