/** How long after a pod's start its first report is on the broker, and what injection adds to the start itself. */

import { deploy, pods, podsAre } from '../e2e/application.ts';
import { eventually, freshNamespace, type KubernetesObject, kubectl } from '../e2e/kubernetes.ts';
import { ReportQueue } from '../e2e/report-queue.ts';
import { spread } from './distribution.ts';
import type { Figure } from './figure.ts';

const RUNS = 5;

export async function measureFirstReport(): Promise<Figure[]> {
  const namespace = await freshNamespace('bench-first-report');
  const queue = await ReportQueue.open();
  const [fromPod, fromAnnotate, injectedReady, cleanReady]: number[][] = [[], [], [], []];
  try {
    await deploy(namespace, 'app');
    for (let run = 0; run < RUNS; run++) {
      cleanReady?.push(secondsToReady((await pods(namespace, 'app'))[0]));
      const annotated = Date.now();
      await kubectl('annotate', '-n', namespace, 'deployment/app', 'pyca.io/enabled=true');
      const [pod] = await podsAre('injected', namespace, 'app');
      const { at } = await eventually('first report', async () => queue.of(namespace, pod.metadata.name)[0]);
      fromPod?.push((at - Date.parse(pod.metadata.creationTimestamp)) / 1000);
      fromAnnotate?.push((at - annotated) / 1000);
      injectedReady?.push(secondsToReady(pod));
      await kubectl('annotate', '-n', namespace, 'deployment/app', 'pyca.io/enabled-');
      await podsAre('clean', namespace, 'app');
    }
  } finally {
    await queue.close();
  }
  const clean = `clean pod ready: ${spread(cleanReady ?? [], 's')}`;
  return [
    { what: 'annotate → first report', measured: spread(fromAnnotate ?? [], 's'), peer: clean, goal: '' },
    { what: "new pod's creation → first report", measured: spread(fromPod ?? [], 's'), peer: clean, goal: '' },
    { what: "new pod's creation → ready", measured: spread(injectedReady ?? [], 's'), peer: clean, goal: '' },
  ];
}

/** The API server tells whole seconds. */
function secondsToReady(pod: KubernetesObject): number {
  const ready = pod.status.conditions.find(({ type }: { type: string }) => type === 'Ready');
  return (Date.parse(ready.lastTransitionTime) - Date.parse(pod.metadata.creationTimestamp)) / 1000;
}
