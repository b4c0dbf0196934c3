/** A CoverageAgent as the operator keeps it. */

import type { KubernetesObject } from '../kubernetes/objects.ts';
import { type CoverageAgentSpec, type CoverageAgentStatus, specSchema } from './coverage-agent.ts';
import { isManaged } from './names.ts';

export interface CoverageAgent {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly generation: number;
  readonly created: string;
  /** Made by the operator; else written by a user. */
  readonly managed: boolean;
  readonly spec: CoverageAgentSpec;
  readonly status: CoverageAgentStatus;
}

export interface RawCoverageAgent extends KubernetesObject {
  spec: unknown;
  status?: CoverageAgentStatus;
}

/** Undefined where the spec is not one: stored before the schema forbade it. */
export function readCoverageAgent({ metadata, spec, status }: RawCoverageAgent): CoverageAgent | undefined {
  const parsed = specSchema.safeParse(spec);
  if (!parsed.success) return undefined;
  return {
    namespace: metadata.namespace ?? '',
    name: metadata.name,
    uid: metadata.uid,
    generation: metadata.generation ?? 0,
    created: metadata.creationTimestamp,
    managed: isManaged(metadata.labels),
    spec: parsed.data,
    status: status ?? {},
  };
}
