/** Brings one workload to what its switch says: the carried annotation, and its CoverageAgent. */

import type { Logger } from '../../diagnostics/logger.ts';
import type { CoverageAgent } from '../api/coverage-agent-object.ts';
import { INJECT, MANAGED_BY, MANAGER } from '../api/names.ts';
import { isConflict, type KubernetesClient } from '../kubernetes/client.ts';
import { COVERAGE_AGENTS } from '../kubernetes/resources.ts';
import { type Carry, carry } from '../switch/carried-annotation.ts';
import { type ClusterView, workloadOf } from './cluster-view.ts';
import type { EventRecorder } from './events.ts';
import { WORKLOADS, type Workload, workloadKey, workloadName } from './workload.ts';

export interface WorkloadControllerOptions {
  client: KubernetesClient;
  view: ClusterView;
  /** Brings the broker's address to a namespace; an error there keeps no workload from its turn. */
  copyBroker: (namespace: string) => Promise<void>;
  /** Resolves when pods that roll now would meet the webhook. */
  webhookReachable: () => Promise<unknown>;
  events: EventRecorder;
  log: Logger;
}

export class WorkloadController {
  readonly #options: WorkloadControllerOptions;
  /** Faults that were told already, by the workload's uid. */
  readonly #told = new Map<string, string>();

  constructor(options: WorkloadControllerOptions) {
    this.#options = options;
  }

  /** Writes nothing where nothing is to change; throws where it should be called again. */
  async reconcile(key: string): Promise<void> {
    const { view } = this.#options;
    const workload = view.workloads.get(key);
    if (!workload || workload.deleting || view.isExcluded(workload.namespace)) return;
    const decision = view.decide(workload);
    this.#tellFaults(workload, decision.faults);
    if (decision.enabled) await this.#switchOn(workload);
    else await this.#switchOff(workload);
  }

  async #switchOn(workload: Workload): Promise<void> {
    const { view, copyBroker } = this.#options;
    // First, so that the agents of the new pods find it.
    await copyBroker(workload.namespace);
    const { written, managed } = view.coverageAgentsOf(workload);
    if (written && managed) await this.#deleteCoverageAgent(managed);
    if (!written && !managed) await this.#createCoverageAgent(workload);
    await this.#carry(workload, carry(true, workload.templateAnnotations, written?.name ?? workload.name));
  }

  async #switchOff(workload: Workload): Promise<void> {
    const { view, events } = this.#options;
    const change = carry(false, workload.templateAnnotations, '');
    await this.#carry(workload, change);
    const { managed } = view.coverageAgentsOf(workload);
    // The webhook may have taken the annotation back already; the CoverageAgent is what is left to tell the turn by.
    const turned = managed ? await this.#deleteCoverageAgent(managed) : change.change === 'remove';
    if (turned) events.record(workload, 'CoverageRemoved', 'Coverage is switched off: the pods roll to clean ones');
  }

  async #carry(workload: Workload, change: Carry): Promise<void> {
    const kind = WORKLOADS[workload.kind];
    if (!kind || change.change === 'none') return;
    const { client, log } = this.#options;
    const { namespace, name, resourceVersion } = workload;
    if (change.change === 'set') await this.#options.webhookReachable();
    const annotation = { [INJECT]: change.change === 'set' ? change.value : null };
    const patch = { metadata: { resourceVersion }, ...kind.templatePatch(annotation) };
    await client.merge(kind.resource, namespace, name, patch);
    log.info({ namespace, workload: workloadName(workload), change: change.change }, 'switch carried to the template');
  }

  async #createCoverageAgent(workload: Workload): Promise<void> {
    const { client, events } = this.#options;
    const { kind, namespace, name, uid } = workload;
    const apiVersion = WORKLOADS[kind]?.resource.apiVersion;
    try {
      await client.create(COVERAGE_AGENTS, namespace, {
        metadata: {
          name,
          namespace,
          labels: { [MANAGED_BY]: MANAGER },
          ownerReferences: [{ apiVersion, kind, name, uid, controller: true, blockOwnerDeletion: false }],
        },
        spec: { workloadRef: { apiVersion, kind, name } },
      });
    } catch (error) {
      if (!isConflict(error)) throw error;
      const other = this.#options.view.coverageAgents.get(`${namespace}/${name}`);
      // Our own of a moment ago, which the watch brings about now.
      if (!other || workloadOf(other) === workloadKey(workload)) return;
      const names = workloadName(other.spec.workloadRef);
      const message = `CoverageAgent "${name}" names ${names}, so this workload shows no status: rename it, or write one for this workload`;
      if (this.#told.get(uid) !== message) events.record(workload, 'CoverageNameTaken', message);
      this.#told.set(uid, message);
    }
  }

  #deleteCoverageAgent({ namespace, name, uid }: CoverageAgent): Promise<boolean> {
    return this.#options.client.delete(COVERAGE_AGENTS, namespace, name, uid);
  }

  #tellFaults(workload: Workload, faults: readonly string[]): void {
    const message = faults.join('; ');
    if (!message || this.#told.get(workload.uid) === message) return;
    this.#told.set(workload.uid, message);
    this.#options.events.record(workload, 'CoverageSwitchUnknown', message);
  }

  /** A workload that is gone needs no memory. */
  forget(uid: string): void {
    this.#told.delete(uid);
  }
}
