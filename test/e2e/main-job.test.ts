/** The whole main job: annotate a Deployment that runs, send traffic, and read the same lines that coverage.py reads. */

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { countLines } from '../../coverage/file-lines.ts';
import { deploy, podsAre, sendTraffic } from './application.ts';
import { imageExists } from './image.ts';
import { eventually, freshNamespace, get, kubectl, list, pause } from './kubernetes.ts';
import { referenceCoverage } from './reference.ts';
import { agentConnections, ReportQueue } from './report-queue.ts';

let queue: ReportQueue;
beforeAll(async () => {
  queue = await ReportQueue.open();
});
afterAll(() => queue?.close());

for (const python of ['py38', 'py311', 'py312', 'py313', 'py314']) {
  const image = `localhost/httpbin:${python}`;
  describe.runIf(await imageExists(image))(`${image}`, () => {
    const namespace = `e2e-main-${python}`;

    test('annotate a running Deployment: its pods roll, reports arrive, the same lines as coverage.py', async () => {
      await freshNamespace(namespace);
      await deploy(namespace, 'checkout', { image, replicas: 2 });
      await podsAre('clean', namespace, 'checkout');
      const facts = { repo: 'https://example.org/shop.git', branch: 'main', commit: 'c0ffee' };
      const annotations = Object.entries(facts).map(([key, value]) => `pyca.io/${key}=${value}`);
      const on = ['pyca.io/enabled=true', 'pyca.io/flush-interval=2', ...annotations];
      await kubectl('annotate', '-n', namespace, 'deployment/checkout', ...on);
      const running = await podsAre('injected', namespace, 'checkout');
      expect(running).toHaveLength(2);
      expect(await list('replicasets', namespace, 'app=checkout')).toHaveLength(2); // one rollout

      await sendTraffic(namespace, running);
      const reference = await referenceCoverage(namespace, image);
      await eventually(
        'the reports say what coverage.py says',
        async () => {
          expect(new Set(queue.of(namespace).map(({ headers }) => headers['pyca-pod'])).size).toBe(2);
          expect(Object.fromEntries(queue.coverage(namespace))).toEqual(Object.fromEntries(reference));
          return true;
        },
        60,
      );
      expect(reference.get('httpbin/core.py')?.executed.length).toBeGreaterThan(100);
      expect(queue.of(namespace)[0]?.report).toMatchObject(facts);
      expect(queue.of(namespace)[0]?.headers).toMatchObject({
        'pyca-namespace': namespace,
        'pyca-workload': 'Deployment/checkout',
        'pyca-container': 'app',
      });
    });

    test('kubectl get coverageagents shows it', async () => {
      const { executable, covered } = countLines(queue.coverage(namespace));
      const percent = (Math.floor((1000 * covered) / executable) / 10).toFixed(1);
      const row = await eventually('the row', async () => {
        const [header, row] = (await kubectl('get', 'coverageagents', '-n', namespace)).trim().split('\n');
        expect(header?.split(/\s{2,}/)).toEqual([
          'NAME',
          'WORKLOAD',
          'PODS',
          'COVERAGE',
          'LAST REPORT',
          'STATUS',
          'AGE',
        ]);
        expect(row).toMatch(
          new RegExp(`^checkout +Deployment/checkout +2/2 +${percent}% +\\d+\\w* +Reporting +\\w+ *$`),
        );
        return row;
      });
      process.stderr.write(`      ${row}\n`);
      await kubectl('wait', '-n', namespace, 'coverageagent/checkout', '--for=condition=Reporting', '--timeout=10s');
    });

    test('nothing changes: nothing is published and no AMQP connection is open', async () => {
      const before = queue.of(namespace).length;
      await pause(8); // four intervals; the readiness probe goes on asking meanwhile
      expect(queue.of(namespace)).toHaveLength(before);
      expect(await agentConnections()).toEqual([]);
    });

    test('the annotation is taken away: clean pods, and nothing of ours is left', async () => {
      await kubectl('annotate', '-n', namespace, 'deployment/checkout', 'pyca.io/enabled-');
      await podsAre('clean', namespace, 'checkout');
      const { spec } = await get('deployment', namespace, 'checkout');
      expect(spec.template.metadata.annotations ?? {}).toEqual({});
      await eventually('CoverageAgent and Secret are gone', async () => {
        expect(await list('coverageagents', namespace)).toEqual([]);
        expect(await list('secrets', namespace)).toEqual([]);
        return true;
      });
    });
  });
}
