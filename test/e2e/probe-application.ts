/** A small application of which each line is known by name, so that a test can tell which of them ran. */

import { type ApplicationOptions, deploy, podsAre } from './application.ts';
import { apply, type KubernetesObject } from './kubernetes.ts';

const SOURCE = `import os, time

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

/** Two workers; options may follow. */
export const GUNICORN = ['gunicorn', '--config', '/etc/gunicorn.conf.py', '--chdir', '/srv/probe', 'probe:app'];

/** The number of the line that has this text. */
export const lineOf = (text: string) => SOURCE.split('\n').findIndex((line) => line.includes(text)) + 1;

const EACH_REQUEST = [
  'path =',
  'str(',
  '"/first"',
  '"/second"',
  '"/pid-1"',
  '"/die"',
  '"/oom"',
  'start_response("',
  'return',
];

/** All that such a request runs; the readiness probe's run no others. */
export function linesOfRequest(path: '/first' | '/second'): number[] {
  return [...EACH_REQUEST, `answer = "${path.slice(1)}"`].map(lineOf).sort((a, b) => a - b);
}

/** Its only pod, injected and ready. */
export async function deployProbe(
  namespace: string,
  name: string,
  options: ApplicationOptions = {},
): Promise<KubernetesObject> {
  await apply({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace }, data: { 'probe.py': SOURCE } });
  await deploy(namespace, name, {
    image: 'localhost/httpbin:py312',
    annotations: { 'pyca.io/enabled': 'true', 'pyca.io/flush-interval': '2' },
    command: GUNICORN,
    probePath: '/ready',
    volumes: [{ name: 'source', configMap: { name } }],
    mounts: [{ name: 'source', mountPath: '/srv/probe' }],
    env: { PYCA_SOURCE_ROOT: '/srv/probe' },
    ...options,
  });
  const [pod] = await podsAre('injected', namespace, name);
  return pod;
}
