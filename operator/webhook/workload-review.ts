/** Carries the switch to the pod template while a workload is created or updated: one rollout, not two. */

import { INJECT } from '../api/names.ts';
import { annotationFaults } from '../api/settings.ts';
import type { PatchOperation } from '../injection/json-patch.ts';
import { diff } from '../injection/json-patch.ts';
import { carry } from '../switch/carried-annotation.ts';
import type { ClusterView } from '../workload/cluster-view.ts';
import { WORKLOADS, type Workload } from '../workload/workload.ts';
import { type AdmissionRequest, UNCHANGED, type Verdict } from './admission-review.ts';

export function reviewWorkload(request: AdmissionRequest, view: ClusterView): Verdict {
  const kind = WORKLOADS[request.kind.kind];
  if (!kind || !request.object || !request.namespace) return UNCHANGED;
  const projected = kind.project(request.object as never) as Workload;
  const workload = { ...projected, namespace: request.namespace };
  if (view.isExcluded(workload.namespace) || workload.deleting) return UNCHANGED;

  const decision = view.decide(workload);
  const name = view.coverageAgentsOf(workload).written?.name ?? workload.name;
  const change = carry(decision.enabled, workload.templateAnnotations, name);
  const settings = { ...workload.annotations, ...workload.templateAnnotations };
  return {
    patch: change.change === 'none' ? [] : templatePatch(request.object, kind, change),
    warnings: [...decision.faults, ...(decision.enabled ? annotationFaults(settings) : [])],
  };
}

function templatePatch(
  object: Record<string, unknown>,
  kind: (typeof WORKLOADS)[string],
  change: { change: 'set'; value: string } | { change: 'remove' },
): PatchOperation[] {
  const value = change.change === 'set' ? change.value : null;
  return diff(object, mergePatch(object, kind.templatePatch({ [INJECT]: value })));
}

/** JSON merge patch, RFC 7386. */
function mergePatch(target: unknown, patch: unknown): unknown {
  if (typeof patch !== 'object' || patch === null) return patch;
  const merged: Record<string, unknown> = { ...(target as Record<string, unknown> | undefined) };
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete merged[key];
    else merged[key] = mergePatch(merged[key], value);
  }
  return merged;
}
