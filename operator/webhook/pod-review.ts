/** What becomes of a pod that is about to be created. */

import type { Resources } from '../api/coverage-agent.ts';
import type { CoverageAgent } from '../api/coverage-agent-object.ts';
import { BROKER_SECRET, ENABLED, INJECT } from '../api/names.ts';
import { resolveSettings } from '../api/settings.ts';
import { inject, type Outcome, type Pod, skip } from '../injection/inject.ts';
import type { Injection } from '../injection/injection.ts';
import { reason } from '../injection/reasons.ts';
import type { OwnerReference } from '../kubernetes/objects.ts';
import { explainFault, isFault, parseSwitch } from '../switch/switch.ts';
import { ownerOf } from '../workload/owner.ts';
import { workloadName } from '../workload/workload.ts';

/** What the operator was configured with for every agent. */
export interface AgentDefaults {
  readonly image: string;
  readonly pullPolicy: string | undefined;
  readonly resources: Resources;
  readonly flushInterval: string | undefined;
}

/** What the cluster knows of the pod's workload. */
export interface Surroundings {
  readonly workloadAnnotations: Readonly<Record<string, string>> | undefined;
  readonly coverageAgent: CoverageAgent | undefined;
}

type Look = (owner: { kind: string; name: string }) => Surroundings;

/*
 * pyca.io/enabled | pyca.io/inject | the pod is
 * ----------------+----------------+-----------------------------------
 * false           | any            | left alone
 * true            | any            | injected
 * unknown         | carried        | injected
 * unknown         | -              | skipped, with the reason
 * -               | carried        | injected
 * -               | -              | left alone
 */
export function reviewPod(pod: Pod, defaults: AgentDefaults, look: Look): { pod: Pod; outcome: Outcome } | undefined {
  const annotations = pod.metadata?.annotations ?? {};
  const enabled = parseSwitch(annotations[ENABLED]);
  const carried = annotations[INJECT];
  if (enabled === false) return undefined;
  if (!enabled && !carried) {
    const value = annotations[ENABLED];
    return isFault(value) ? skip(pod, [reason('unknown-switch', explainFault(value))]) : undefined;
  }
  const owner = ownerOf(pod.metadata as Parameters<typeof ownerOf>[0] & { ownerReferences?: OwnerReference[] });
  const { workloadAnnotations, coverageAgent } = look(owner);
  const { settings, faults } = resolveSettings([annotations, workloadAnnotations], coverageAgent?.spec);
  if (faults.length > 0) {
    return skip(
      pod,
      faults.map((fault) => reason('bad-annotation', fault)),
    );
  }
  return inject(pod, injectionOf(workloadName(owner), settings, coverageAgent?.spec, defaults));
}

function injectionOf(
  workload: string,
  settings: Injection['settings'],
  spec: CoverageAgent['spec'] | undefined,
  defaults: AgentDefaults,
): Injection {
  return {
    settings: { ...settings, flushInterval: settings.flushInterval ?? defaults.flushInterval },
    workload,
    image: spec?.image ?? defaults.image,
    pullPolicy: defaults.pullPolicy,
    resources: spec?.resources ?? defaults.resources,
    broker: {
      secret: spec?.broker?.secretRef?.name ?? BROKER_SECRET,
      exchange: spec?.broker?.exchange,
      routingKey: spec?.broker?.routingKey,
    },
  };
}
