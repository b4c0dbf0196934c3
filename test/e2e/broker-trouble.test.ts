/** RabbitMQ that is away for a while. */

import { afterAll, expect, test } from 'vitest';
import { deploy, podsAre, sendTraffic } from './application.ts';
import { reportingIsFalse } from './coverage-agent.ts';
import { NAMESPACE } from './installation.ts';
import { eventually, freshNamespace, kubectl, pause } from './kubernetes.ts';
import { ReportQueue } from './report-queue.ts';

const ON = { 'pyca.io/enabled': 'true', 'pyca.io/flush-interval': '2' };

async function scaleBroker(replicas: number): Promise<void> {
  await kubectl('scale', '-n', NAMESPACE, 'statefulset/pyca-rabbitmq', `--replicas=${replicas}`);
  await kubectl('rollout', 'status', '-n', NAMESPACE, 'statefulset/pyca-rabbitmq', '--timeout=180s');
}

afterAll(() => scaleBroker(1));

test('RabbitMQ down at the start and back later: the application runs, the report arrives, once', async () => {
  const namespace = await freshNamespace('e2e-broker');
  await scaleBroker(0);
  await deploy(namespace, 'patient', { annotations: ON });
  const running = await podsAre('injected', namespace, 'patient');
  await sendTraffic(namespace, running);
  await reportingIsFalse(namespace, 'patient', 'BROKER_UNREACHABLE');

  await scaleBroker(1);
  const queue = await ReportQueue.open();
  try {
    await eventually('the report', async () => queue.of(namespace)[0], 150);
    await pause(8);
    expect(queue.of(namespace)).toHaveLength(1);
    expect(queue.coverage(namespace).get('httpbin/core.py')?.executed.length).toBeGreaterThan(100);
  } finally {
    await queue.close();
  }
});
