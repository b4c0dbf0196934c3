/** Events on a workload: what `kubectl describe` shows of each turn of its state. */

import type { Logger } from '../../diagnostics/logger.ts';
import type { KubernetesClient } from '../kubernetes/client.ts';
import { EVENTS } from '../kubernetes/resources.ts';
import { WORKLOADS, type Workload, workloadName } from './workload.ts';

export type EventReason =
  | 'CoverageInjected'
  | 'CoverageSkipped'
  | 'CoverageReporting'
  | 'CoverageDegraded'
  | 'CoverageRemoved'
  | 'CoverageSwitchUnknown'
  | 'CoverageNameTaken';

const NORMAL: readonly EventReason[] = ['CoverageInjected', 'CoverageReporting', 'CoverageRemoved'];
const MESSAGE_LIMIT = 1024;

type EventTarget = Pick<Workload, 'kind' | 'namespace' | 'name' | 'uid' | 'resourceVersion'>;

export class EventRecorder {
  readonly #client: KubernetesClient;
  readonly #log: Logger;

  constructor(client: KubernetesClient, log: Logger) {
    this.#client = client;
    this.#log = log;
  }

  /** Never throws and is never waited for: an Event is a courtesy. */
  record(target: EventTarget, reason: EventReason, message: string): void {
    const { kind, namespace, name, uid, resourceVersion } = target;
    const type = NORMAL.includes(reason) ? 'Normal' : 'Warning';
    const now = new Date().toISOString();
    this.#log.info({ namespace, workload: workloadName(target), reason, message }, 'event');
    const event = {
      metadata: { generateName: `${name.slice(0, 200)}.`, namespace },
      involvedObject: { apiVersion: WORKLOADS[kind]?.resource.apiVersion, kind, namespace, name, uid, resourceVersion },
      type,
      reason,
      message: message.slice(0, MESSAGE_LIMIT),
      source: { component: 'pyca-operator' },
      reportingComponent: 'pyca-operator',
      firstTimestamp: now,
      lastTimestamp: now,
      count: 1,
    };
    this.#client.create(EVENTS, namespace, event).catch((err: unknown) => {
      this.#log.warn({ err, namespace, workload: workloadName(target), reason }, 'event not recorded');
    });
  }
}
