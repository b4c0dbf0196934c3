/** The agent's container: an init container that stays (native sidecar), under the `restricted` pod security standard. */

import type { V1Container, V1EnvVar, V1PodSpec, V1Probe } from '@kubernetes/client-node';
import {
  BROKER_KEY,
  BROKER_PATH,
  BROKER_VOLUME,
  DATA_PATH,
  DATA_VOLUME,
  PRELOAD_PATH,
  PRELOAD_VOLUME,
  SESSION_TOKEN_KEY,
  SIDECAR,
} from '../api/names.ts';
import type { Injection } from './injection.ts';
import { sidecarResources } from './quality-of-service.ts';

const STATUS_PORT = 9177;

export function sidecarContainer(
  spec: V1PodSpec,
  theirs: readonly V1Container[],
  covered: readonly string[],
  injection: Injection,
): V1Container {
  const port = freePort(theirs);
  const resources = sidecarResources(spec, theirs, injection.resources);
  return {
    name: SIDECAR,
    image: injection.image,
    ...(injection.pullPolicy ? { imagePullPolicy: injection.pullPolicy } : {}),
    args: ['agent'],
    restartPolicy: 'Always',
    env: environment(covered, port, injection),
    ...(resources ? { resources } : {}),
    startupProbe: startupProbe(port),
    securityContext: {
      allowPrivilegeEscalation: false,
      capabilities: { drop: ['ALL'] },
      readOnlyRootFilesystem: true,
      runAsNonRoot: true,
      runAsUser: 65532,
      seccompProfile: { type: 'RuntimeDefault' },
    },
    volumeMounts: [
      { name: PRELOAD_VOLUME, mountPath: PRELOAD_PATH },
      { name: DATA_VOLUME, mountPath: DATA_PATH },
      { name: BROKER_VOLUME, mountPath: BROKER_PATH, readOnly: true },
    ],
  };
}

/** The pod's containers start when it first succeeds: asked often, and long enough for a slow node. */
function startupProbe(port: number): V1Probe {
  return { httpGet: { path: '/ready', port }, periodSeconds: 1, timeoutSeconds: 1, failureThreshold: 60 };
}

function freePort(containers: readonly V1Container[]): number {
  const declared = new Set(containers.flatMap(({ ports = [] }) => ports.map((port) => port.containerPort)));
  let port = STATUS_PORT;
  while (declared.has(port)) port += 1;
  return port;
}

function environment(covered: readonly string[], port: number, injection: Injection): V1EnvVar[] {
  const { settings, broker } = injection;
  const values: [string, string | undefined][] = [
    ['PYCA_PRELOAD', PRELOAD_PATH],
    ['PYCA_DATA', DATA_PATH],
    ['PYCA_CONTAINERS', covered.join(',')],
    ['PYCA_STATUS_PORT', String(port)],
    ['PYCA_WORKLOAD', injection.workload],
    ['PYCA_RABBITMQ_URL_FILE', `${BROKER_PATH}/${BROKER_KEY}`],
    ['PYCA_EXCHANGE', broker.exchange],
    ['PYCA_ROUTING_KEY', broker.routingKey],
    ['PYCA_FLUSH_INTERVAL', settings.flushInterval],
    ['PYCA_PATH_MAPPING', settings.pathMapping.join(';')],
    ['PYCA_SESSIONS', settings.sessions ? 'true' : undefined],
    ['PYCA_SESSION_TOKEN_FILE', settings.sessions ? `${BROKER_PATH}/${SESSION_TOKEN_KEY}` : undefined],
    ['PYCA_REPO', settings.repository.url],
    ['PYCA_REPO_ID', settings.repository.id],
    ['PYCA_BRANCH', settings.repository.branch],
    ['PYCA_COMMIT', settings.repository.commit],
  ];
  return [
    ...values.filter(([, value]) => value).map(([name, value]) => ({ name, value: value as string })),
    { name: 'PYCA_NAMESPACE', valueFrom: { fieldRef: { fieldPath: 'metadata.namespace' } } },
    { name: 'PYCA_POD', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
  ];
}
