/** The switch in each order a user may turn it, and what an operator that is away means. */

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ask, deploy, isInjected, pods, podsAre, rolledOut, sendTraffic } from './application.ts';
import { scaleOperator } from './installation.ts';
import { eventually, freshNamespace, get, type KubernetesObject, kubectl, list } from './kubernetes.ts';
import { ReportQueue } from './report-queue.ts';

const ON = { 'pyca.io/enabled': 'true', 'pyca.io/flush-interval': '2' };
let queue: ReportQueue;
beforeAll(async () => {
  queue = await ReportQueue.open();
});
afterAll(() => queue?.close());

test('annotated before the pods run: injected at once, one rollout', async () => {
  const namespace = await freshNamespace('e2e-before');
  await deploy(namespace, 'early', { annotations: ON });
  const running = await podsAre('injected', namespace, 'early');
  expect(await list('replicasets', namespace, 'app=early')).toHaveLength(1);
  expect(running[0].metadata.annotations).toMatchObject({ 'pyca.io/inject': 'early', 'pyca.io/status': 'injected' });
  await sendTraffic(namespace, running);
  await eventually('a report', async () => queue.of(namespace)[0]);
});

test('annotated on the pod template alone: injected', async () => {
  const namespace = await freshNamespace('e2e-template');
  await deploy(namespace, 'own', { podAnnotations: { 'pyca.io/enabled': 'true' } });
  await podsAre('injected', namespace, 'own');
});

test('a template that says "false" wins over the annotation on the Deployment', async () => {
  const namespace = await freshNamespace('e2e-refused');
  await deploy(namespace, 'refused', { annotations: ON, podAnnotations: { 'pyca.io/enabled': 'false' } });
  await podsAre('clean', namespace, 'refused');
});

test('an unknown value changes nothing and says so', async () => {
  const namespace = await freshNamespace('e2e-unknown');
  await deploy(namespace, 'typo');
  const [before] = await pods(namespace, 'typo');
  await kubectl('annotate', '-n', namespace, 'deployment/typo', 'pyca.io/enabled=maybe');
  const message = await eventually('a warning', async () => {
    const events: KubernetesObject[] = await list('events', namespace);
    return events.find(({ type, involvedObject }) => type === 'Warning' && involvedObject.name === 'typo')?.message;
  });
  expect(message).toContain('pyca.io/enabled');
  expect(message).toContain('maybe');
  expect(message).toMatch(/"true" or "false"/);
  expect((await pods(namespace, 'typo')).map((pod) => pod.metadata.uid)).toEqual([before.metadata.uid]);
});

describe('the operator is away', () => {
  const namespace = 'e2e-away';
  afterAll(() => scaleOperator(1));

  test('pods without an annotation start as fast as ever, annotated ones start un-injected', async () => {
    await freshNamespace(namespace);
    await deploy(namespace, 'warm-up');
    const present = await secondsToStart(namespace, 'present');
    await scaleOperator(0);
    const away = await secondsToStart(namespace, 'away');
    expect(away).toBeLessThan(present + 2); // a webhook that waited would add its 3 s timeout, and more by retries

    await deploy(namespace, 'annotated', { annotations: ON });
    expect((await pods(namespace, 'annotated')).map(isInjected)).toEqual([false]);
  });

  test('and what was annotated meanwhile is injected when it is back', async () => {
    await scaleOperator(1);
    const running = await podsAre('injected', namespace, 'annotated');
    await sendTraffic(namespace, running);
    await eventually('a report', async () => queue.of(namespace)[0]);
  });
});

async function secondsToStart(namespace: string, name: string): Promise<number> {
  const start = Date.now();
  await deploy(namespace, name);
  return (Date.now() - start) / 1000;
}

test('kubectl rollout restart of an injected Deployment: injected again, with one more rollout', async () => {
  const namespace = 'e2e-before';
  await kubectl('rollout', 'restart', '-n', namespace, 'deployment/early');
  await rolledOut(namespace, 'early');
  await podsAre('injected', namespace, 'early');
  expect(await list('replicasets', namespace, 'app=early')).toHaveLength(2);
  expect((await ask(namespace, 'early', '/get')).status).toBe(200);
  expect((await get('deployment', namespace, 'early')).spec.template.metadata.annotations['pyca.io/inject']).toBe(
    'early',
  );
});
