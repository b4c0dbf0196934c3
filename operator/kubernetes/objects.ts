/** What the operator reads of Kubernetes objects, as JSON has it (client-node's classes hold dates as Date). */

export interface OwnerReference {
  apiVersion: string;
  kind: string;
  name: string;
  uid: string;
  controller?: boolean;
}

export interface ObjectMeta {
  name: string;
  namespace?: string;
  uid: string;
  resourceVersion: string;
  generation?: number;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  ownerReferences?: OwnerReference[];
  creationTimestamp: string;
  deletionTimestamp?: string;
}

export interface KubernetesObject {
  apiVersion: string;
  kind: string;
  metadata: ObjectMeta;
}

export interface Secret extends KubernetesObject {
  data?: Record<string, string>;
}

/** Where an object is: `shop/checkout`, or `pyca` where it has no namespace. */
export function keyOf(metadata: { namespace?: string | undefined; name: string }): string {
  return metadata.namespace ? `${metadata.namespace}/${metadata.name}` : metadata.name;
}
