/** What a user sees when PYCA itself is set up wrongly. The old pods go on serving. */

import { afterAll, expect, test } from 'vitest';
import { ask, deploy, isInjected, pods } from './application.ts';
import { install } from './installation.ts';
import { eventually, freshNamespace, get, kubectl, pause } from './kubernetes.ts';

afterAll(() => install());

test('the agent image cannot be pulled: the old pods go on serving, and the status says why', async () => {
  await install('image.agentTag=missing');
  const namespace = await freshNamespace('e2e-image');
  await deploy(namespace, 'steady', { replicas: 2 });
  const old = new Set((await pods(namespace, 'steady')).map((pod) => pod.metadata.uid));
  await kubectl('annotate', '-n', namespace, 'deployment/steady', 'pyca.io/enabled=true');
  const message = await eventually('the status names the image', async () => {
    const { status } = await get('coverageagent', namespace, 'steady');
    const degraded = status?.conditions?.find(({ type }: { type: string }) => type === 'Degraded');
    return degraded?.status === 'True' && degraded.message.includes('image') ? degraded.message : undefined;
  });
  expect(message).toContain('localhost/pyca:missing');

  for (let i = 0; i < 20; i++) {
    expect((await ask(namespace, 'steady', '/get')).status).toBe(200);
    await pause(0.2);
  }
  const now = await pods(namespace, 'steady');
  expect(
    now
      .filter((pod) => !isInjected(pod))
      .map((pod) => pod.metadata.uid)
      .sort(),
  ).toEqual([...old].sort());

  await kubectl('annotate', '-n', namespace, 'deployment/steady', 'pyca.io/enabled-');
  await eventually('only the old pods are left', async () => {
    const left = await pods(namespace, 'steady');
    return left.length === 2 && left.every((pod) => old.has(pod.metadata.uid)) ? true : undefined;
  });
});
