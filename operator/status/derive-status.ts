/** The status of a CoverageAgent, from what is seen. Pure: the same sight gives the same status. */

import type { Condition, CoverageAgentStatus, Phase } from '../api/coverage-agent.ts';
import type { CoverageAgent } from '../api/coverage-agent-object.ts';
import type { PodView } from '../workload/pod-view.ts';
import { WORKLOADS, type Workload, workloadName } from '../workload/workload.ts';
import { findDegradation } from './degradation.ts';
import type { PodReport } from './poller.ts';
import type { Lines } from './tally.ts';

export interface Sight {
  readonly agent: CoverageAgent;
  readonly workload: Workload | undefined;
  readonly enabled: boolean;
  readonly pods: readonly PodView[];
  readonly reportOf: (pod: PodView) => PodReport | undefined;
  readonly lines: Lines | undefined;
  /** The Secret that is to bear the broker's address, where there is none. */
  readonly missingSecret: string | undefined;
  readonly now: Date;
}

type Claim = Pick<Condition, 'status' | 'reason' | 'message'>;

interface Counts {
  readonly total: number;
  readonly injected: number;
  readonly reporting: number;
}

export function deriveStatus(sight: Sight): CoverageAgentStatus {
  const { agent, lines } = sight;
  const present = sight.pods.filter((pod) => !pod.deleting && pod.running);
  const counts = countPods(sight, present);
  const injected = injectedClaim(sight, present, counts);
  const degraded = degradedClaim(sight, present);
  const reporting = reportingClaim(counts, injected, degraded);
  const lastReportTime = latestReport(sight);
  return {
    observedGeneration: agent.generation,
    phase: derivePhase(sight, counts, { injected, degraded }),
    workload: workloadName(agent.spec.workloadRef),
    pods: counts,
    podsReporting: `${counts.reporting}/${counts.total}`,
    ...(lines ? { lines, ...percent(lines) } : {}),
    ...(lastReportTime ? { lastReportTime } : {}),
    conditions: [
      condition('Injected', injected, sight),
      condition('Reporting', reporting, sight),
      condition('Degraded', degraded, sight),
    ],
  };
}

/*
 * seen, the first that holds             | phase
 * ---------------------------------------+-----------
 * switch off, or no such workload        | Off
 * an agent cannot do its work            | Degraded
 * pods were left alone, with a reason    | Skipped
 * no pod carries the agent               | Pending
 * some do, the others not yet            | Injecting
 * none has reported                      | Waiting
 * else                                   | Reporting
 */
function derivePhase(sight: Sight, counts: Counts, claims: { injected: Claim; degraded: Claim }): Phase {
  if (!sight.enabled || !sight.workload) return 'Off';
  if (claims.degraded.status === 'True') return 'Degraded';
  if (claims.injected.reason === 'Skipped') return 'Skipped';
  if (counts.injected === 0) return 'Pending';
  if (claims.injected.status !== 'True') return 'Injecting';
  return counts.reporting === 0 ? 'Waiting' : 'Reporting';
}

function countPods({ workload, reportOf }: Sight, present: readonly PodView[]): Counts {
  const injected = present.filter((pod) => pod.injection !== 'skipped');
  const reporting = injected.filter((pod) => reportOf(pod)?.containers.some(({ lastReportTime }) => lastReportTime));
  return {
    total: Math.max(workload?.rollout.current ?? 0, present.length),
    injected: injected.length,
    reporting: reporting.length,
  };
}

function injectedClaim({ agent, workload, enabled }: Sight, present: readonly PodView[], counts: Counts): Claim {
  const no = (reason: string, message: string): Claim => ({ status: 'False', reason, message });
  const { kind, name } = agent.spec.workloadRef;
  const { total, injected } = counts;
  if (!WORKLOADS[kind]) return no('KindNotSupported', `workloads of kind ${kind} are not covered yet`);
  if (!workload) return no('WorkloadNotFound', `there is no ${kind} "${name}" in this namespace`);
  if (!enabled) return no('SwitchedOff', 'pyca.io/enabled, or spec.enabled here, says not to');
  const skipped = present.find((pod) => pod.injection === 'skipped');
  if (skipped) return no('Skipped', `pod ${skipped.name} started as it was: ${skipped.reason}`);
  if (workload.rollout.desired === 0) return no('ScaledToZero', `${kind} "${name}" is scaled to 0`);
  const share = `${injected} of ${total} pods carry the agent`;
  if (injected < total || total === 0) {
    if (workload.paused) return no('RolloutPaused', `${share}; the others follow when the rollout is resumed`);
    if (isRolling(workload)) return no('RolloutInProgress', `${share}; the rollout goes on`);
    const remedy = `kubectl -n ${workload.namespace} rollout restart ${kind.toLowerCase()}/${name}`;
    return no('NotInjected', `${share}; the others started while the operator was away: ${remedy}`);
  }
  const partial = present.find((pod) => pod.injection === 'partial');
  if (partial) return { status: 'True', reason: 'PartlyInjected', message: `${share}; ${partial.reason}` };
  return { status: 'True', reason: 'AllPods', message: share };
}

function isRolling({ generation, rollout }: Workload): boolean {
  return (
    rollout.observedGeneration < generation || rollout.updated < rollout.desired || rollout.current !== rollout.desired
  );
}

function reportingClaim({ total, reporting }: Counts, injected: Claim, degraded: Claim): Claim {
  if (reporting > 0) {
    return { status: 'True', reason: 'PodsReport', message: `${reporting} of ${total} pods have reported` };
  }
  const because = (reason: string, why: string): Claim => ({
    status: 'False',
    reason,
    message: `nothing was published to RabbitMQ yet: ${why}`,
  });
  if (degraded.status === 'True') return because(degraded.reason, degraded.message);
  if (injected.status === 'False') return because('NotInjected', injected.message);
  return because('NoReportYet', 'the agents have not seen a line of the application run');
}

function degradedClaim({ reportOf, missingSecret, enabled }: Sight, present: readonly PodView[]): Claim {
  const degradation = enabled ? findDegradation(present, reportOf, missingSecret) : undefined;
  if (degradation) return { status: 'True', ...degradation };
  return { status: 'False', reason: 'AsExpected', message: 'nothing is wrong' };
}

function condition(type: string, claim: Claim, { agent, now }: Sight): Condition {
  const previous = agent.status.conditions?.find((candidate) => candidate.type === type);
  const turned = previous?.status !== claim.status;
  const lastTransitionTime = turned || !previous ? isoSeconds(now) : previous.lastTransitionTime;
  return { type, ...claim, lastTransitionTime, observedGeneration: agent.generation };
}

/** Never goes back: the pod that reported last may be gone. */
function latestReport({ agent, pods, reportOf }: Sight): string | undefined {
  const times = pods
    .flatMap((pod) => reportOf(pod)?.containers ?? [])
    .flatMap(({ lastReportTime }) => (lastReportTime ? [isoSeconds(new Date(lastReportTime))] : []));
  return [agent.status.lastReportTime ?? '', ...times].sort().at(-1) || undefined;
}

/** Rounded down: 100% means every line. */
function percent({ executable, covered }: Lines): { coveragePercent?: number; coverage?: string } {
  if (executable === 0) return {};
  const coveragePercent = Math.floor((covered * 1000) / executable) / 10;
  return { coveragePercent, coverage: `${coveragePercent.toFixed(1)}%` };
}

function isoSeconds(date: Date): string {
  return date.toISOString().replace(/\.\d+Z$/, 'Z');
}
