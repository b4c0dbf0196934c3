/** Applications that other injectors break: an image's own PYTHONPATH, restricted security, preloading servers, sudden death. */

import { afterAll, beforeAll, expect, test } from 'vitest';
import { askPod, deploy, podsAre, RESTRICTED, sendTraffic } from './application.ts';
import { imageExists } from './image.ts';
import { eventually, freshNamespace, kubectl } from './kubernetes.ts';
import { deployProbe, GUNICORN, lineOf } from './probe-application.ts';
import { ReportQueue } from './report-queue.ts';

const ON = { 'pyca.io/enabled': 'true', 'pyca.io/flush-interval': '2' };
let queue: ReportQueue;
beforeAll(async () => {
  queue = await ReportQueue.open();
});
afterAll(() => queue?.close());

test('an image with an ENV PYTHONPATH that its application needs', async () => {
  const namespace = await freshNamespace('e2e-pythonpath');
  await deploy(namespace, 'needy', { image: 'localhost/httpbin:py312-pythonpath', annotations: ON });
  const running = await podsAre('injected', namespace, 'needy');
  await sendTraffic(namespace, running);
  await eventually('a report', async () => queue.coverage(namespace).get('httpbin/core.py'));
});

for (const python of ['py38', 'py313']) {
  const image = `localhost/httpbin:${python}`;
  const restricted = `${image} in a restricted namespace, with a read-only root and a user unlike the agent`;
  test.runIf(await imageExists(image))(restricted, async () => {
    const namespace = await freshNamespace(`e2e-restricted-${python}`, {
      'pod-security.kubernetes.io/enforce': 'restricted',
    });
    await deploy(namespace, 'strict', {
      ...RESTRICTED,
      image,
      annotations: ON,
      volumes: [{ name: 'tmp', emptyDir: {} }],
      mounts: [{ name: 'tmp', mountPath: '/tmp' }],
      env: { PYTHONDONTWRITEBYTECODE: '1' },
    });
    const [pod] = await podsAre('injected', namespace, 'strict');
    await sendTraffic(namespace, [pod]);
    await eventually('a report', async () => queue.coverage(namespace).get('httpbin/core.py'));
    expect(await kubectl('exec', '-n', namespace, pod.metadata.name, '-c', 'app', '--', 'id', '-u')).toBe('1000\n');
  });
}

const reported = (namespace: string, text: string) =>
  eventually(
    `line "${text}" in a report`,
    async () => {
      const lines = [...queue.coverage(namespace)].find(([path]) => path.endsWith('probe.py'))?.[1];
      return lines?.executed.includes(lineOf(text)) ? lines : undefined;
    },
    60,
  );

for (const [python, ...options] of [['py312'], ['py312', '--preload'], ['py311'], ['py38', '--preload']]) {
  const image = `localhost/httpbin:${python}`;
  const namespace = `e2e-gunicorn-${python}${options.join('')}`;
  const subject = `${image}, ${['gunicorn', ...options].join(' ')}: lines of both workers while they run, and of one killed with SIGKILL`;
  test.runIf(await imageExists(image))(subject, async () => {
    await freshNamespace(namespace);
    const { metadata } = await deployProbe(namespace, 'probe', { image, command: [...GUNICORN, ...options] });
    const workers = new Set<string>();
    await eventually('both workers answered', async () => {
      workers.add((await askPod(namespace, metadata.name, '/pid')).body);
      return workers.size === 2 ? true : undefined;
    });
    await askPod(namespace, metadata.name, '/first');
    const lines = await reported(namespace, 'answer = "first"');
    expect(lines.missing).toContain(lineOf('answer = "second"'));

    await askPod(namespace, metadata.name, '/second');
    await askPod(namespace, metadata.name, '/pid-1').catch(() => {});
    await askPod(namespace, metadata.name, '/die').catch(() => {});
    await reported(namespace, 'answer = "second"');
    await reported(namespace, 'os.kill(1, 9)');
    await reported(namespace, 'os.kill(os.getpid(), 9)');
  });
}

test('killed for want of memory: what ran before is in the report', async () => {
  const namespace = await freshNamespace('e2e-oom');
  const { metadata } = await deployProbe(namespace, 'probe', {
    command: [...GUNICORN, '--workers', '1'],
    resources: { limits: { memory: '160Mi' } },
  });
  await askPod(namespace, metadata.name, '/second');
  await askPod(namespace, metadata.name, '/oom').catch(() => {});
  await reported(namespace, 'hoard.append');
  await reported(namespace, 'answer = "second"');
});

test('the whole container is killed with SIGKILL from outside: what ran before is in the report', async () => {
  const namespace = await freshNamespace('e2e-killed');
  const { metadata } = await deployProbe(namespace, 'probe', { command: ['sh', '-c', `${GUNICORN.join(' ')} & wait`] });
  await askPod(namespace, metadata.name, '/first');
  // Every process but the shell that is the container's init, which ends with its child.
  await kubectl('exec', '-n', namespace, metadata.name, '-c', 'app', '--', 'sh', '-c', 'kill -9 -1').catch(() => {});
  await reported(namespace, 'answer = "first"');
});
