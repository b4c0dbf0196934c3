/** The two webhooks, wired to what the operator knows. */

import type { Outcome, Pod } from '../injection/inject.ts';
import { diff } from '../injection/json-patch.ts';
import type { Metrics } from '../metrics.ts';
import type { ClusterView } from '../workload/cluster-view.ts';
import { workloadKey } from '../workload/workload.ts';
import { type AdmissionRequest, UNCHANGED, type Verdict } from './admission-review.ts';
import { type AgentDefaults, reviewPod } from './pod-review.ts';
import { reviewWorkload } from './workload-review.ts';

export type Routes = Record<'/mutate/pods' | '/mutate/workloads', (request: AdmissionRequest) => Verdict>;

export function webhookRoutes(view: ClusterView, defaults: AgentDefaults, metrics: Metrics): Routes {
  return {
    '/mutate/pods': (request) => {
      const { namespace, object } = request;
      if (request.operation !== 'CREATE' || !object || !namespace || view.isExcluded(namespace)) return UNCHANGED;
      const pod = object as unknown as Pod;
      const reviewed = reviewPod(pod, defaults, (owner) => {
        const workload = { namespace, ...owner };
        const { written, managed } = view.coverageAgentsOf(workload);
        return {
          workloadAnnotations: view.workloads.get(workloadKey(workload))?.annotations,
          coverageAgent: written ?? managed,
        };
      });
      if (!reviewed) return UNCHANGED;
      if (!request.dryRun) count(metrics, reviewed.outcome);
      return { patch: diff(pod, reviewed.pod), warnings: [] };
    },
    '/mutate/workloads': (request) => reviewWorkload(request, view),
  };
}

function count(metrics: Metrics, { status, reasons }: Outcome): void {
  metrics.injections.add({ result: status, reason: reasons[0]?.code ?? '' });
}
