/** Whose pod is it? */

import { POD_TEMPLATE_HASH } from '../api/names.ts';
import type { OwnerReference } from '../kubernetes/objects.ts';

interface Owned {
  name?: string;
  generateName?: string;
  labels?: Record<string, string>;
  ownerReferences?: OwnerReference[];
}

/** The workload of a pod: a Deployment's ReplicaSet is named after the Deployment and the hash of its template. */
export function ownerOf(metadata: Owned): { kind: string; name: string } {
  const owner = metadata.ownerReferences?.find(({ controller }) => controller) ?? metadata.ownerReferences?.[0];
  if (!owner) return { kind: 'Pod', name: metadata.name ?? metadata.generateName?.replace(/-$/, '') ?? '' };
  const hash = metadata.labels?.[POD_TEMPLATE_HASH];
  if (owner.kind === 'ReplicaSet' && hash && owner.name.endsWith(`-${hash}`)) {
    return { kind: 'Deployment', name: owner.name.slice(0, -hash.length - 1) };
  }
  return { kind: owner.kind, name: owner.name };
}
