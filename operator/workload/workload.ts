/** What the operator keeps of a workload, and the table of kinds it knows: a new kind is a row. */

import { GROUP } from '../api/names.ts';
import type { KubernetesObject, ObjectMeta } from '../kubernetes/objects.ts';
import { DEPLOYMENTS, type Resource } from '../kubernetes/resources.ts';

export interface Workload {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly generation: number;
  /** Only those of PYCA, here and on the template. */
  readonly annotations: Readonly<Record<string, string>>;
  readonly templateAnnotations: Readonly<Record<string, string>>;
  readonly paused: boolean;
  readonly deleting: boolean;
  readonly rollout: Rollout;
}

export interface Rollout {
  readonly desired: number;
  readonly current: number;
  readonly updated: number;
  readonly observedGeneration: number;
}

export interface WorkloadKind {
  readonly resource: Resource;
  readonly project: (object: never) => Workload;
  /** A merge patch that sets (or, with null, removes) annotations of the pod template. */
  readonly templatePatch: (annotations: Record<string, string | null>) => object;
}

interface PodTemplate {
  metadata?: Partial<ObjectMeta>;
}

interface Deployment extends KubernetesObject {
  spec: { replicas?: number; paused?: boolean; template: PodTemplate };
  status?: { replicas?: number; updatedReplicas?: number; observedGeneration?: number };
}

export const WORKLOADS: Readonly<Record<string, WorkloadKind>> = {
  Deployment: {
    resource: DEPLOYMENTS,
    project: (object: Deployment) => ({
      ...identity('Deployment', object.metadata),
      templateAnnotations: ours(object.spec.template.metadata?.annotations),
      paused: object.spec.paused ?? false,
      rollout: {
        desired: object.spec.replicas ?? 1,
        current: object.status?.replicas ?? 0,
        updated: object.status?.updatedReplicas ?? 0,
        observedGeneration: object.status?.observedGeneration ?? 0,
      },
    }),
    templatePatch: (annotations) => ({ spec: { template: { metadata: { annotations } } } }),
  },
};

function identity(kind: string, metadata: ObjectMeta) {
  return {
    kind,
    namespace: metadata.namespace ?? '',
    name: metadata.name,
    uid: metadata.uid,
    resourceVersion: metadata.resourceVersion,
    generation: metadata.generation ?? 0,
    annotations: ours(metadata.annotations),
    deleting: metadata.deletionTimestamp !== undefined,
  };
}

function ours(annotations: Record<string, string> | undefined): Record<string, string> {
  return Object.fromEntries(Object.entries(annotations ?? {}).filter(([name]) => name.startsWith(`${GROUP}/`)));
}

/** `Deployment/checkout`, as PYCA_WORKLOAD, status and logs have it. */
export function workloadName({ kind, name }: { kind: string; name: string }): string {
  return `${kind}/${name}`;
}

/** `shop/Deployment/checkout` */
export function workloadKey(workload: { namespace: string; kind: string; name: string }): string {
  return `${workload.namespace}/${workloadName(workload)}`;
}
