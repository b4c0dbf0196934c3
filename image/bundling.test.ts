/** What a command loads of the bundle: of the sidecar's, each covered pod pays for every kilobyte. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Metafile } from 'esbuild';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bundlePyca } from './bundling.ts';

const folder = mkdtempSync(join(tmpdir(), 'pyca-bundle-'));
let outputs: Metafile['outputs'];
beforeAll(async () => {
  ({ outputs } = await bundlePyca(folder));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Sources in the chunk of `entry` and in those it always imports. */
function loadedWith(entry: string): string[] {
  const chunks = new Set(Object.keys(outputs).filter((chunk) => outputs[chunk]?.entryPoint === entry));
  for (const chunk of chunks) {
    for (const { path, kind } of outputs[chunk]?.imports ?? []) if (kind === 'import-statement') chunks.add(path);
  }
  return [...chunks].flatMap((chunk) => Object.keys(outputs[chunk]?.inputs ?? {}));
}

const OTHERS = /^agent\/(?:command\/|self-test\/|report\/|user-agent\/)|^operator\/|simple-git|client-node|amqplib/;

test('the sidecar: no command, no git, nothing of the operator, and AMQP once there is something to publish', () => {
  const sources = loadedWith('agent/main.ts');
  expect(sources).toEqual(expect.arrayContaining(['agent/collection/reporter.ts', 'agent/session/session-service.ts']));
  expect(sources.filter((source) => OTHERS.test(source))).toEqual([]);
});

test('pyca by itself: none of its commands', () => {
  expect(loadedWith('bin/pyca.ts').filter((source) => /^(?:agent|operator)\//.test(source))).toEqual([]);
});
