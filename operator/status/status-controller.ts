/** Round after round: ask the agents, and write each CoverageAgent's status where it has changed. */

import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '../../diagnostics/logger.ts';
import type { CoverageAgentStatus } from '../api/coverage-agent.ts';
import type { CoverageAgent } from '../api/coverage-agent-object.ts';
import { BROKER_SECRET } from '../api/names.ts';
import { equal } from '../injection/json-patch.ts';
import { isNotFound, type KubernetesClient } from '../kubernetes/client.ts';
import { COVERAGE_AGENTS } from '../kubernetes/resources.ts';
import { type ClusterView, workloadOf } from '../workload/cluster-view.ts';
import type { EventReason, EventRecorder } from '../workload/events.ts';
import { deriveStatus } from './derive-status.ts';
import type { Poller } from './poller.ts';

export interface StatusControllerOptions {
  client: KubernetesClient;
  view: ClusterView;
  poller: Poller;
  events: EventRecorder;
  intervalSeconds: number;
  /** Where the broker's address is kept, as NAMESPACE/NAME. */
  brokerSecret: string | undefined;
  log: Logger;
}

/** So that many pods are asked no faster than 100 a second. */
const SECONDS_A_POD = 0.01;

export class StatusController {
  readonly #options: StatusControllerOptions;
  readonly #stop = new AbortController();
  /** What was written last, by uid: the watch brings it back only later. */
  readonly #written = new Map<string, CoverageAgentStatus>();
  #running: Promise<void> | undefined;

  constructor(options: StatusControllerOptions) {
    this.#options = options;
  }

  start(): void {
    this.#running ??= this.#run();
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { view, intervalSeconds, log } = this.#options;
    while (!this.#stop.signal.aborted) {
      await this.round().catch((err: unknown) => log.error({ err }, 'a status round failed'));
      const pause = Math.max(intervalSeconds, view.pods.size * SECONDS_A_POD);
      await sleep(pause * 1_000, undefined, { signal: this.#stop.signal }).catch(() => {});
    }
  }

  async round(): Promise<void> {
    const { view, poller } = this.#options;
    await poller.poll(view.coveredPods());
    const agents = [...view.coverageAgents.values()];
    const uids = new Set(agents.map(({ uid }) => uid));
    for (const uid of this.#written.keys()) if (!uids.has(uid)) this.#written.delete(uid);
    for (const agent of agents) {
      if (this.#stop.signal.aborted) return;
      await this.#update(agent);
    }
  }

  async #update(stored: CoverageAgent): Promise<void> {
    const { client, view, poller, log } = this.#options;
    const known = this.#written.get(stored.uid) ?? stored.status;
    const key = workloadOf(stored);
    const workload = view.workloads.get(key);
    const agent = { ...stored, status: known };
    const status = deriveStatus({
      agent,
      workload,
      enabled: workload !== undefined && view.decide(workload).enabled,
      pods: view.podsOf({ namespace: agent.namespace, ...agent.spec.workloadRef }),
      reportOf: (pod) => poller.report(pod),
      lines: poller.lines(key),
      missingSecret: this.#missingSecret(agent),
      now: new Date(),
    });
    if (equal(known, status)) return;
    try {
      const patch = { status: { ...nulled(known), ...status } };
      await client.merge(COVERAGE_AGENTS, agent.namespace, agent.name, patch, 'status');
      this.#written.set(stored.uid, status);
      this.#tell(agent, status);
    } catch (err) {
      if (!isNotFound(err))
        log.warn({ err, namespace: agent.namespace, coverageAgent: agent.name }, 'status not written');
    }
  }

  /** A Secret that the CoverageAgent names itself cannot be seen from here; its agents tell. */
  #missingSecret({ namespace, spec }: CoverageAgent): string | undefined {
    const { view, brokerSecret } = this.#options;
    const isThere = view.brokerSource !== undefined || view.brokerSecrets.get(`${namespace}/${BROKER_SECRET}`);
    if (isThere || spec.broker?.secretRef) return undefined;
    return brokerSecret ?? `${namespace}/${BROKER_SECRET}`;
  }

  /** An Event on the workload for each turn of a condition. */
  #tell(agent: CoverageAgent, status: CoverageAgentStatus): void {
    const workload = this.#options.view.workloads.get(workloadOf(agent));
    if (!workload) return;
    for (const { type, status: holds, reason, message } of status.conditions ?? []) {
      const before = agent.status.conditions?.find((candidate) => candidate.type === type);
      if (before?.status === holds && before.reason === reason) continue;
      const event = EVENTS_OF_TURNS[`${type} ${holds}`] ?? EVENTS_OF_TURNS[`${type} ${holds} ${reason}`];
      if (event) this.#options.events.record(workload, event, message);
    }
  }
}

const EVENTS_OF_TURNS: Readonly<Record<string, EventReason>> = {
  'Injected True': 'CoverageInjected',
  'Injected False Skipped': 'CoverageSkipped',
  'Reporting True': 'CoverageReporting',
  'Degraded True': 'CoverageDegraded',
};

/** A merge patch keeps what it does not name. */
function nulled(status: CoverageAgentStatus): Record<string, null> {
  return Object.fromEntries(Object.keys(status).map((key) => [key, null]));
}
