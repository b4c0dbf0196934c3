/** How fast the pod webhook answers at 200 reviews a second, asked from inside the cluster, beside a request that does nothing. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { NAMESPACE } from '../e2e/installation.ts';
import { apply, eventually, get, kubectl } from '../e2e/kubernetes.ts';
import type { Figure } from './figure.ts';

const RATE = 200;
const SECONDS = 20;

export async function measureWebhook(): Promise<Figure[]> {
  const name = 'bench-webhook';
  await kubectl('delete', 'pod,configmap', '-n', NAMESPACE, name, '--ignore-not-found', '--wait=true');
  const script = readFileSync(join(import.meta.dirname, 'webhook-load.cjs'), 'utf8');
  await apply(
    { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: NAMESPACE }, data: { 'load.cjs': script } },
    {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name, namespace: NAMESPACE },
      spec: {
        restartPolicy: 'Never',
        containers: [
          {
            name: 'load',
            image: 'localhost/pyca:dev',
            imagePullPolicy: 'IfNotPresent',
            command: [
              '/usr/bin/node',
              '/bench/load.cjs',
              `https://pyca-operator.${NAMESPACE}.svc`,
              `${RATE}`,
              `${SECONDS}`,
            ],
            volumeMounts: [{ name: 'bench', mountPath: '/bench' }],
          },
        ],
        volumes: [{ name: 'bench', configMap: { name } }],
      },
    },
  );
  await eventually(
    'the load has been sent',
    async () => {
      const { status } = await get('pod', NAMESPACE, name);
      return ['Succeeded', 'Failed'].includes(status.phase) ? true : undefined;
    },
    3 * SECONDS + 60,
  );
  const { review, nothing } = JSON.parse(await kubectl('logs', '-n', NAMESPACE, name));
  await kubectl('delete', 'pod,configmap', '-n', NAMESPACE, name);
  const ms = ({ p50, p99 }: { p50: number; p99: number }) => `p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms`;
  return [
    {
      what: `pod webhook at ${RATE} reviews/s`,
      measured: ms(review),
      peer: `an unknown path on it: ${ms(nothing)}`,
      goal: 'p50 ≤ 5 ms, p99 ≤ 15 ms',
    },
  ];
}
