/** Copies of the broker's address: one in each namespace that holds covered workloads or injected pods. */

import type { Logger } from '../../diagnostics/logger.ts';
import { BROKER_SECRET, isManaged, MANAGED_BY, MANAGER } from '../api/names.ts';
import type { KubernetesClient } from '../kubernetes/client.ts';
import { SECRETS } from '../kubernetes/resources.ts';
import type { ClusterView } from './cluster-view.ts';

/*
 * a Secret of that name    | needed here | source known | then
 * -------------------------+-------------+--------------+---------------------------
 * a user's (no label)      | any         | any          | left alone
 * none                     | yes         | yes          | made
 * ours, with another value | yes         | yes          | overwritten
 * ours                     | yes         | no           | left: agents go on with it
 * ours                     | no          | any          | deleted
 * anything else            |             |              | nothing
 */
export class BrokerSecrets {
  readonly #client: KubernetesClient;
  readonly #view: ClusterView;
  readonly #log: Logger;

  constructor(client: KubernetesClient, view: ClusterView, log: Logger) {
    this.#client = client;
    this.#view = view;
    this.#log = log;
  }

  async reconcile(namespace: string, needed = this.#isNeeded(namespace)): Promise<void> {
    if (this.#view.isExcluded(namespace)) return;
    const copy = this.#view.brokerSecrets.get(`${namespace}/${BROKER_SECRET}`);
    if (copy && !isManaged(copy.metadata.labels)) return;
    const { brokerSource } = this.#view;

    if (!needed && copy) {
      await this.#client.delete(SECRETS, namespace, BROKER_SECRET, copy.metadata.uid);
      this.#log.info({ namespace }, 'broker Secret removed');
    } else if (needed && brokerSource && !copy) {
      const metadata = { name: BROKER_SECRET, namespace, labels: { [MANAGED_BY]: MANAGER } };
      await this.#client.create(SECRETS, namespace, { metadata, type: 'Opaque', data: brokerSource });
      this.#log.info({ namespace }, 'broker Secret copied');
    } else if (
      needed &&
      brokerSource &&
      Object.entries(brokerSource).some(([key, value]) => copy?.data?.[key] !== value)
    ) {
      await this.#client.merge(SECRETS, namespace, BROKER_SECRET, { data: brokerSource });
      this.#log.info({ namespace }, 'broker Secret renewed');
    }
  }

  /** Pods that are still ending report their last lines with it. */
  #isNeeded(namespace: string): boolean {
    for (const pod of this.#view.pods.values()) {
      if (pod.namespace === namespace && pod.injection !== 'skipped') return true;
    }
    for (const workload of this.#view.workloads.values()) {
      if (workload.namespace === namespace && !workload.deleting && this.#view.decide(workload).enabled) return true;
    }
    return false;
  }
}
