/** Applications that other injectors break: an image's own PYTHONPATH, restricted security, preloading servers, sudden death. */

import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ApplicationOptions, askPod, deploy, podsAre, sendTraffic } from './application.ts';
import { imageExists } from './image.ts';
import { apply, eventually, freshNamespace, type KubernetesObject, kubectl } from './kubernetes.ts';
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

const RESTRICTED: ApplicationOptions = {
  podSecurity: { runAsNonRoot: true, runAsUser: 1000, runAsGroup: 3000, seccompProfile: { type: 'RuntimeDefault' } },
  containerSecurity: {
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    capabilities: { drop: ['ALL'] },
  },
  volumes: [{ name: 'tmp', emptyDir: {} }],
  mounts: [{ name: 'tmp', mountPath: '/tmp' }],
  env: { PYTHONDONTWRITEBYTECODE: '1' },
};

for (const python of ['py38', 'py313']) {
  const image = `localhost/httpbin:${python}`;
  const restricted = `${image} in a restricted namespace, with a read-only root and a user unlike the agent`;
  test.runIf(await imageExists(image))(restricted, async () => {
    const namespace = await freshNamespace(`e2e-restricted-${python}`, {
      'pod-security.kubernetes.io/enforce': 'restricted',
    });
    await deploy(namespace, 'strict', { image, annotations: ON, ...RESTRICTED });
    const [pod] = await podsAre('injected', namespace, 'strict');
    await sendTraffic(namespace, [pod]);
    await eventually('a report', async () => queue.coverage(namespace).get('httpbin/core.py'));
    expect(await kubectl('exec', '-n', namespace, pod.metadata.name, '-c', 'app', '--', 'id', '-u')).toBe('1000\n');
  });
}

/** Lines of the probe application by name, so that the test can tell which of them ran. */
const PROBE = `import os, time

def app(environ, start_response):
    path = environ["PATH_INFO"]
    answer = str(os.getpid())
    if path == "/first":
        answer = "first"
    if path == "/second":
        answer = "second"
    if path == "/pid-1":
        os.kill(1, 9)
        answer = "a process cannot kill its init"
    if path == "/die":
        os.kill(os.getpid(), 9)
    if path == "/oom":
        hoard = []
        while True:
            hoard.append(b"x" * 10_000_000)
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [answer.encode()]
`;
const lineOf = (text: string) => PROBE.split('\n').findIndex((line) => line.includes(text)) + 1;

async function deployProbe(
  namespace: string,
  name: string,
  command: string[],
  options: ApplicationOptions = {},
): Promise<KubernetesObject> {
  await apply({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace }, data: { 'probe.py': PROBE } });
  await deploy(namespace, name, {
    image: 'localhost/httpbin:py312',
    annotations: ON,
    command,
    probePath: '/ready',
    volumes: [{ name: 'source', configMap: { name } }],
    mounts: [{ name: 'source', mountPath: '/srv/probe' }],
    env: { PYCA_SOURCE_ROOT: '/srv/probe' },
    ...options,
  });
  const [pod] = await podsAre('injected', namespace, name);
  return pod;
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

const SERVERS: [kind: string, python: string, ...options: string[]][] = [
  ['workers', 'py312'],
  ['preload', 'py312', '--preload'],
  ['workers', 'py311'],
  ['preload', 'py38', '--preload'],
];
for (const [kind, python, ...options] of SERVERS) {
  const image = `localhost/httpbin:${python}`;
  const namespace = `e2e-gunicorn-${kind}-${python}`;
  const command = ['gunicorn', '-w', '2', ...options, '-b', '0.0.0.0:8080', '--chdir', '/srv/probe', 'probe:app'];

  const subject = `gunicorn with two workers (${kind}) on ${image}: lines of both while they run, and of one killed with SIGKILL`;
  test.runIf(await imageExists(image))(subject, async () => {
    await freshNamespace(namespace);
    const { metadata } = await deployProbe(namespace, 'probe', command, { image });
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
  const command = ['gunicorn', '-w', '1', '-b', '0.0.0.0:8080', '--chdir', '/srv/probe', 'probe:app'];
  const { metadata } = await deployProbe(namespace, 'probe', command, { resources: { limits: { memory: '160Mi' } } });
  await askPod(namespace, metadata.name, '/second');
  await askPod(namespace, metadata.name, '/oom').catch(() => {});
  await reported(namespace, 'hoard.append');
  await reported(namespace, 'answer = "second"');
});

test('the whole container is killed with SIGKILL from outside: what ran before is in the report', async () => {
  const namespace = await freshNamespace('e2e-killed');
  const command = ['sh', '-c', 'gunicorn -w 1 -b 0.0.0.0:8080 --chdir /srv/probe probe:app & wait'];
  const { metadata } = await deployProbe(namespace, 'probe', command);
  await askPod(namespace, metadata.name, '/first');
  // Every process but the shell that is the container's init, which ends with its child.
  await kubectl('exec', '-n', namespace, metadata.name, '-c', 'app', '--', 'sh', '-c', 'kill -9 -1').catch(() => {});
  await reported(namespace, 'answer = "first"');
});
