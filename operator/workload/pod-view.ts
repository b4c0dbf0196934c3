/** What the operator keeps of a pod that its webhook has seen. */

import { POD_TEMPLATE_HASH, REASON, SIDECAR, STATUS } from '../api/names.ts';
import type { KubernetesObject } from '../kubernetes/objects.ts';
import { ownerOf } from './owner.ts';

export interface PodView {
  readonly name: string;
  readonly namespace: string;
  readonly uid: string;
  readonly workload: { readonly namespace: string; readonly kind: string; readonly name: string };
  /** Pods of one template have one; the lines of a workload are counted over its newest. */
  readonly templateHash: string;
  readonly created: string;
  readonly deleting: boolean;
  readonly running: boolean;
  readonly injection: 'injected' | 'partial' | 'skipped';
  readonly reason: string;
  readonly agent: AgentContainer;
}

export interface AgentContainer {
  /** Where it is asked for its state; undefined as long as it has no address. */
  readonly address: { readonly host: string; readonly port: number } | undefined;
  readonly image: string;
  readonly started: boolean;
  readonly restarts: number;
  /** Why the kubelet does not run it: ImagePullBackOff, CrashLoopBackOff, ... */
  readonly waiting: { readonly reason: string; readonly message: string } | undefined;
}

interface ContainerStatus {
  name: string;
  started?: boolean;
  restartCount: number;
  state?: { waiting?: { reason?: string; message?: string } };
}

export interface RawPod extends KubernetesObject {
  spec: {
    initContainers?: { name: string; image: string; startupProbe?: { httpGet?: { port: number | string } } }[];
  };
  status?: { phase?: string; podIP?: string; initContainerStatuses?: ContainerStatus[] };
}

export function readPod(pod: RawPod): PodView | undefined {
  const { metadata } = pod;
  const injection = metadata.annotations?.[STATUS];
  if (injection !== 'injected' && injection !== 'partial' && injection !== 'skipped') return undefined;
  const namespace = metadata.namespace ?? '';
  return {
    name: metadata.name,
    namespace,
    uid: metadata.uid,
    workload: { namespace, ...ownerOf(metadata) },
    templateHash: metadata.labels?.[POD_TEMPLATE_HASH] ?? '',
    created: metadata.creationTimestamp,
    deleting: metadata.deletionTimestamp !== undefined,
    running: pod.status?.phase !== 'Succeeded' && pod.status?.phase !== 'Failed',
    injection,
    reason: metadata.annotations?.[REASON] ?? '',
    agent: readAgent(pod),
  };
}

function readAgent({ spec, status }: RawPod): AgentContainer {
  const container = spec.initContainers?.find(({ name }) => name === SIDECAR);
  const state = status?.initContainerStatuses?.find(({ name }) => name === SIDECAR);
  const port = Number(container?.startupProbe?.httpGet?.port);
  const waiting = state?.state?.waiting;
  return {
    address: status?.podIP && port ? { host: status.podIP, port } : undefined,
    image: container?.image ?? '',
    started: state?.started ?? false,
    restarts: state?.restartCount ?? 0,
    waiting: waiting?.reason ? { reason: waiting.reason, message: waiting.message ?? '' } : undefined,
  };
}
