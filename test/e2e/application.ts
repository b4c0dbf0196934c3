/** Applications for the tests: httpbin, as its published source, in a Deployment behind a Service. */

import { apply, eventually, type KubernetesObject, kubectl, list, pause, requestThroughApi } from './kubernetes.ts';

export type ApplicationOptions = {
  image?: string;
  replicas?: number;
  annotations?: Record<string, string>;
  podAnnotations?: Record<string, string>;
  command?: string[];
  env?: Record<string, string>;
  podSecurity?: object;
  containerSecurity?: object;
  volumes?: object[];
  mounts?: object[];
  resources?: object;
  probePath?: string;
};

const PORT = 8080;

/** What the `restricted` pod security standard asks for, and a read-only root; a user unlike the agent's. */
export const RESTRICTED: ApplicationOptions = {
  podSecurity: { runAsNonRoot: true, runAsUser: 1000, runAsGroup: 3000, seccompProfile: { type: 'RuntimeDefault' } },
  containerSecurity: {
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    capabilities: { drop: ['ALL'] },
  },
};

/** A Deployment and its Service, both called `name`. Waits until every replica is ready. */
export async function deploy(namespace: string, name: string, options: ApplicationOptions = {}): Promise<void> {
  await apply(...manifest(namespace, name, options));
  await rolledOut(namespace, name);
}

export function manifest(namespace: string, name: string, options: ApplicationOptions): object[] {
  const labels = { app: name };
  const container = {
    name: 'app',
    image: options.image ?? 'localhost/httpbin:py313',
    imagePullPolicy: 'IfNotPresent',
    ...(options.command && { command: options.command }),
    env: Object.entries(options.env ?? {}).map(([key, value]) => ({ name: key, value })),
    ports: [{ containerPort: PORT }],
    readinessProbe: {
      httpGet: { path: options.probePath ?? '/status/200', port: PORT },
      periodSeconds: 1,
      timeoutSeconds: 5,
    },
    ...(options.resources && { resources: options.resources }),
    ...(options.containerSecurity && { securityContext: options.containerSecurity }),
    volumeMounts: options.mounts ?? [],
  };
  return [
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name, namespace, annotations: options.annotations ?? {} },
      spec: {
        replicas: options.replicas ?? 1,
        selector: { matchLabels: labels },
        template: {
          metadata: { labels, annotations: options.podAnnotations ?? {} },
          spec: {
            terminationGracePeriodSeconds: 10,
            containers: [container],
            volumes: options.volumes ?? [],
            ...(options.podSecurity && { securityContext: options.podSecurity }),
          },
        },
      },
    },
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name, namespace },
      spec: { selector: labels, ports: [{ port: PORT }] },
    },
  ];
}

export async function rolledOut(namespace: string, name: string): Promise<void> {
  await kubectl('rollout', 'status', '-n', namespace, `deployment/${name}`, '--timeout=180s');
  // The pods of before must be gone, or they would answer too.
  await eventually(`old pods of ${name} gone`, async () => {
    const pods = await list('pods', namespace, `app=${name}`);
    return pods.some((pod) => pod.metadata.deletionTimestamp) ? undefined : true;
  });
}

export async function pods(namespace: string, name: string): Promise<KubernetesObject[]> {
  return (await list('pods', namespace, `app=${name}`)).filter((pod) => !pod.metadata.deletionTimestamp);
}

export function isInjected(pod: KubernetesObject): boolean {
  return (pod.spec.initContainers ?? []).some((container: KubernetesObject) => container.name === 'pyca-agent');
}

/** Waits until the Deployment's pods are all injected, or all clean. */
export async function podsAre(
  state: 'injected' | 'clean',
  namespace: string,
  name: string,
): Promise<KubernetesObject[]> {
  await eventually(`pods of ${name} are ${state}`, async () => {
    const running = await pods(namespace, name);
    return running.length > 0 && running.every((pod) => isInjected(pod) === (state === 'injected')) ? true : undefined;
  });
  await rolledOut(namespace, name);
  return pods(namespace, name);
}

export async function ask(
  namespace: string,
  name: string,
  path: string,
  method = 'GET',
): Promise<{ status: number; body: string }> {
  return requestThroughApi(`/api/v1/namespaces/${namespace}/services/${name}:${PORT}/proxy${path}`, method);
}

export async function askPod(
  namespace: string,
  pod: string,
  path: string,
  method = 'GET',
): Promise<{ status: number; body: string }> {
  return requestThroughApi(`/api/v1/namespaces/${namespace}/pods/${pod}:${PORT}/proxy${path}`, method);
}

/** Requests that together run a good part of httpbin, each with the answer that it must give. */
const TRAFFIC: [path: string, status: number, method?: string][] = [
  ['/get?a=1', 200],
  ['/status/418', 418],
  ['/headers', 200],
  ['/uuid', 200],
  ['/base64/SGVsbG8=', 200],
  ['/json', 200],
  ['/xml', 200],
  ['/html', 200],
  ['/gzip', 200],
  ['/deflate', 200],
  ['/response-headers?x=1', 200],
  ['/links/5/0', 200],
  ['/range/64', 200],
  ['/stream/3', 200],
  ['/anything/x', 200],
  ['/basic-auth/u/p', 401],
  ['/cookies', 200],
  ['/post', 200, 'POST'],
  ['/delete', 200, 'DELETE'],
];

/** Sends the traffic to each of `targets` in the same order; throws where an answer isn't as expected. */
export async function sendTraffic(namespace: string, targets: KubernetesObject[]): Promise<void> {
  for (const { metadata } of targets) {
    for (const [path, expected, method] of TRAFFIC) {
      const { status, body } = await askPod(namespace, metadata.name, path, method);
      if (status !== expected)
        throw new Error(`${path} on ${metadata.name}: ${status} instead of ${expected}: ${body.slice(0, 300)}`);
    }
  }
  await pause(0.2);
}
