import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { createLogger } from '../diagnostics/logger.ts';
import { temporaryFolder } from '../test/fixtures/temporary-folder.ts';
import { PreloadInstallation } from './preload-installation.ts';
import { FaultRecord } from './status/fault.ts';

let folder: string;
let source: { library: string; python: string };
let fault: FaultRecord;
let stop: AbortController;

beforeEach(() => {
  const from = temporaryFolder();
  folder = temporaryFolder();
  source = { library: join(from, 'pyca-env.so'), python: from };
  writeFileSync(join(from, 'sitecustomize.py'), '');
  fault = new FaultRecord(createLogger('test', 'silent'), {});
  stop = new AbortController();
});

test('ready once it is installed', async () => {
  writeFileSync(source.library, '');
  const installation = new PreloadInstallation(source, folder, fault);
  expect(installation.ready).toBe(false);
  await installation.run(stop.signal);
  expect(installation.ready).toBe(true);
  expect(existsSync(join(folder, 'pyca-env.so'))).toBe(true);
  expect(fault.current).toBeNull();
});

test('without a folder there is nothing to wait for', async () => {
  const installation = new PreloadInstallation(source, undefined, fault);
  await installation.run(stop.signal);
  expect(installation.ready).toBe(true);
});

test('while it fails it is not ready and says why; it is tried again', async () => {
  const installation = new PreloadInstallation(source, join(folder, 'later'), fault);
  const running = installation.run(stop.signal);
  expect(installation.ready).toBe(false);
  expect(fault.current?.code).toBe('PRELOAD_FAILED');
  writeFileSync(source.library, '');
  mkdirSync(join(folder, 'later'), { recursive: true });
  await running;
  expect(installation.ready).toBe(true);
  expect(fault.current).toBeNull();
});

test('an application does not wait for ever', async () => {
  const installation = new PreloadInstallation(source, folder, fault, 500);
  const running = installation.run(stop.signal);
  await expect.poll(() => installation.ready, { timeout: 5_000 }).toBe(true);
  expect(fault.current?.code).toBe('PRELOAD_FAILED');
  stop.abort();
  await running;
});
