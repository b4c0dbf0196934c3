/** Asks the agents of injected pods how far they are, a bounded number at a time. */

import { parseRaw } from '../../coverage/raw-text.ts';
import type { Logger } from '../../diagnostics/logger.ts';
import type { Metrics } from '../metrics.ts';
import type { PodView } from '../workload/pod-view.ts';
import { workloadKey } from '../workload/workload.ts';
import type { Address, AgentPort, ContainerAnswer } from './agent-answer.ts';
import { type Lines, Tally } from './tally.ts';

/** What is known of one pod's agent. */
export interface PodReport {
  readonly containers: readonly ContainerAnswer[];
  /** Questions in a row that got no answer. */
  readonly failures: number;
}

const CONCURRENCY = 16;

export class Poller {
  readonly #port: AgentPort;
  readonly #metrics: Metrics;
  readonly #log: Logger;
  readonly #reports = new Map<string, PodReport>();
  readonly #tallies = new Map<string, Tally>();

  constructor(port: AgentPort, metrics: Metrics, log: Logger) {
    this.#port = port;
    this.#metrics = metrics;
    this.#log = log;
  }

  report(pod: PodView): PodReport | undefined {
    return this.#reports.get(pod.uid);
  }

  lines(workload: string): Lines | undefined {
    return this.#tallies.get(workload)?.lines;
  }

  /** One round over all pods there are; what is known of others is forgotten, but for the lines of their workload. */
  async poll(pods: readonly PodView[]): Promise<void> {
    this.#followTemplates(pods);
    const uids = new Set(pods.map((pod) => pod.uid));
    for (const uid of this.#reports.keys()) {
      if (!uids.has(uid)) this.#reports.delete(uid);
    }
    const waiting = pods.filter((pod) => pod.injection !== 'skipped' && pod.running && pod.agent.started);
    const worker = async () => {
      for (let pod = waiting.pop(); pod; pod = waiting.pop()) await this.#ask(pod);
    };
    await Promise.all(Array.from({ length: CONCURRENCY }, worker));
  }

  #followTemplates(pods: readonly PodView[]): void {
    const newest = new Map<string, PodView>();
    for (const pod of pods) {
      const key = workloadKey(pod.workload);
      const known = newest.get(key);
      if (!known || isNewer(pod, known)) newest.set(key, pod);
    }
    for (const [key, pod] of newest) {
      const tally = this.#tallies.get(key) ?? new Tally();
      this.#tallies.set(key, tally);
      tally.follow(pod.templateHash);
    }
  }

  /** For a workload that is gone, or off. */
  forget(workload: string): void {
    this.#tallies.delete(workload);
  }

  async #ask(pod: PodView): Promise<void> {
    const { address } = pod.agent;
    if (!address) return;
    try {
      const containers = await this.#port.status(address);
      for (const container of containers) await this.#count(pod, address, container);
      this.#reports.set(pod.uid, { containers, failures: 0 });
      this.#metrics.statusPolls.add({ result: 'ok' });
    } catch (err) {
      const known = this.#reports.get(pod.uid);
      this.#reports.set(pod.uid, { containers: known?.containers ?? [], failures: (known?.failures ?? 0) + 1 });
      this.#metrics.statusPolls.add({ result: 'error' });
      this.#log.debug({ err, namespace: pod.namespace, pod: pod.name }, 'the agent did not answer');
    }
  }

  async #count(pod: PodView, address: Address, { name, fingerprint, lines }: ContainerAnswer): Promise<void> {
    const tally = this.#tallies.get(workloadKey(pod.workload));
    // The fingerprint is of lines that ran; a file that was only loaded changes the number of executable ones.
    const version = `${fingerprint} ${lines.executable} ${lines.covered}`;
    if (!tally?.counts(pod.templateHash) || lines.executable === 0 || !tally.isNews(pod.uid, name, version)) return;
    tally.add(pod.uid, name, version, parseRaw(await this.#port.coverage(address, name)));
  }
}

function isNewer(pod: PodView, other: PodView): boolean {
  if (pod.deleting !== other.deleting) return !pod.deleting;
  return pod.created > other.created;
}
