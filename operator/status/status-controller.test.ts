import { KubeConfig } from '@kubernetes/client-node';
import { expect, test } from 'vitest';
import { createLogger } from '../../diagnostics/logger.ts';
import { readCoverageAgent } from '../api/coverage-agent-object.ts';
import { KubernetesClient } from '../kubernetes/client.ts';
import { Metrics } from '../metrics.ts';
import { ClusterView } from '../workload/cluster-view.ts';
import { EventRecorder } from '../workload/events.ts';
import type { PodView } from '../workload/pod-view.ts';
import { Poller } from './poller.ts';
import { StatusController } from './status-controller.ts';

/** A CronJob's annotated template makes a pod of a new name each minute: none may be kept in memory for ever. */
test('only agents of workloads that a CoverageAgent names are asked', async () => {
  const view = new ClusterView('pyca-system');
  const log = createLogger('test', 'silent');
  const client = new KubernetesClient(new KubeConfig());
  const asked: string[] = [];
  const port = {
    status: async ({ host }: { host: string }) => {
      asked.push(host);
      return [];
    },
    coverage: async () => '',
  };
  const controller = new StatusController({
    client,
    view,
    poller: new Poller(port, new Metrics(), log),
    events: new EventRecorder(client, log),
    intervalSeconds: 5,
    brokerSecret: undefined,
    log,
  });
  for (const workload of ['report-1', 'checkout']) {
    const pod: PodView = {
      name: workload,
      namespace: 'shop',
      uid: workload,
      workload: { namespace: 'shop', kind: 'Job', name: workload },
      templateHash: '',
      created: '2025-01-01T00:00:00Z',
      deleting: false,
      running: true,
      injection: 'injected',
      reason: '',
      agent: { address: { host: workload, port: 1 }, image: '', started: true, restarts: 0, waiting: undefined },
    };
    view.setPod(`shop/${workload}`, pod);
  }
  const agent = readCoverageAgent({
    apiVersion: 'pyca.io/v1alpha1',
    kind: 'CoverageAgent',
    metadata: { name: 'mine', namespace: 'shop', uid: 'u', resourceVersion: '1', creationTimestamp: '' },
    spec: { workloadRef: { kind: 'Job', name: 'checkout' } },
  });
  view.setCoverageAgent('shop/mine', agent);
  await controller.round();
  expect(asked).toEqual(['checkout']);
});
