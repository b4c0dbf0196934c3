/** The image, where it runs as a sidecar: its commands, and what the agent holds in memory. */

import { beforeAll, expect, test } from 'vitest';
import { eventually, freshNamespace, kubectl, requestThroughApi } from './kubernetes.ts';
import { deployProbe } from './probe-application.ts';

const namespace = 'e2e-image-commands';
let pod: string;
beforeAll(async () => {
  await freshNamespace(namespace);
  pod = (await deployProbe(namespace, 'probe')).metadata.name;
});

async function node(...args: string[]): Promise<string> {
  return kubectl('exec', '-n', namespace, pod, '-c', 'pyca-agent', '--', '/usr/bin/node', ...args);
}
/** Whatever its exit code. */
const pyca = (...args: string[]) => node('/app/pyca.js', ...args).catch(({ stdout }: { stdout: string }) => stdout);

test.each(['run', 'report', 'session', 'install', 'uninstall', 'status', 'test'])('pyca %s --help', async (command) => {
  expect(await pyca(command, '--help')).toMatch(new RegExp(`^Usage: pyca ${command}`));
});

test('pyca test tries the broker from within the pod, though there is no Python and no folder to write to', async () => {
  const { ok, steps } = JSON.parse(await pyca('test', '--json'));
  const states = steps.map(({ step, state, code = '' }: Record<string, string>) => [step, `${state} ${code}`.trim()]);
  expect(ok).toBe(false);
  expect(Object.fromEntries(states)).toMatchObject({
    settings: 'ok',
    python: 'failed PYTHON_NOT_FOUND',
    connect: 'ok',
    exchange: 'ok',
    permission: 'ok',
    queue: 'ok',
    publish: 'skipped',
  });
});

test('the agent has no more than 25 MB to itself, once it has published', async () => {
  await eventually('a report', async () => {
    const { body } = await requestThroughApi(`/api/v1/namespaces/${namespace}/pods/${pod}:9177/proxy/status`);
    return JSON.parse(body).containers[0].lastReportTime ?? undefined;
  });
  const smaps = await node('-p', "require('node:fs').readFileSync('/proc/1/smaps_rollup', 'utf8')");
  expect(1024 * Number(/Private_Dirty:\s+(\d+)/.exec(smaps)?.[1])).toBeLessThan(25_000_000);
});
