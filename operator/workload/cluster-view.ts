/** What the operator knows of the cluster right now, from its watches; every question is answered from memory. */

import type { CoverageAgent } from '../api/coverage-agent-object.ts';
import { ENABLED } from '../api/names.ts';
import type { Secret } from '../kubernetes/objects.ts';
import { Store } from '../kubernetes/store.ts';
import { decideSwitch, type SwitchDecision } from '../switch/switch.ts';
import type { PodView } from './pod-view.ts';
import { type Workload, workloadKey } from './workload.ts';

interface WorkloadPlace {
  readonly namespace: string;
  readonly kind: string;
  readonly name: string;
}

const NEVER_TOUCHED = ['kube-system', 'kube-public', 'kube-node-lease'];

export class ClusterView {
  /** By workloadKey. */
  readonly workloads = new Store<Workload>();
  readonly coverageAgents = new Store<CoverageAgent>();
  readonly pods = new Store<PodView>();
  /** Every Secret that bears the name of the broker copies, ours or not. */
  readonly brokerSecrets = new Store<Secret>();
  /** The broker's address in the operator's own namespace, and the token of sessions where there is one; base64. */
  brokerSource: Readonly<Record<string, string>> | undefined;
  readonly #namespace: string;
  readonly #agentsByWorkload = new Map<string, Map<string, CoverageAgent>>();
  readonly #podsByWorkload = new Map<string, Map<string, PodView>>();

  constructor(namespace: string) {
    this.#namespace = namespace;
  }

  /** System namespaces and the operator's own are left alone. */
  isExcluded(namespace: string): boolean {
    return namespace === this.#namespace || NEVER_TOUCHED.includes(namespace);
  }

  setCoverageAgent(key: string, agent: CoverageAgent | undefined): void {
    const previous = this.coverageAgents.set(key, agent);
    if (previous) unindex(this.#agentsByWorkload, workloadOf(previous), key);
    if (agent) index(this.#agentsByWorkload, workloadOf(agent), key, agent);
  }

  setPod(key: string, pod: PodView | undefined): void {
    const previous = this.pods.set(key, pod);
    if (previous) unindex(this.#podsByWorkload, workloadKey(previous.workload), key);
    if (pod) index(this.#podsByWorkload, workloadKey(pod.workload), key, pod);
  }

  podsOf(workload: WorkloadPlace): PodView[] {
    return [...(this.#podsByWorkload.get(workloadKey(workload))?.values() ?? [])];
  }

  /**
   * The CoverageAgents naming a workload. Of several that users wrote the oldest counts, whatever changes last: a choice
   * that followed their changes would switch, and roll the pods, to and fro.
   */
  coverageAgentsOf(workload: WorkloadPlace): {
    written: CoverageAgent | undefined;
    managed: CoverageAgent | undefined;
  } {
    const agents = [...(this.#agentsByWorkload.get(workloadKey(workload))?.values() ?? [])].sort(byAge);
    return { written: agents.find((agent) => !agent.managed), managed: agents.find((agent) => agent.managed) };
  }

  /** Pods that somebody wants to hear of: a Job's of an annotated template, say, are injected but have no CoverageAgent. */
  coveredPods(): PodView[] {
    return [...this.pods.values()].filter(({ workload }) => this.#agentsByWorkload.has(workloadKey(workload)));
  }

  decide(workload: WorkloadPlace & Pick<Workload, 'annotations' | 'templateAnnotations'>): SwitchDecision {
    if (this.isExcluded(workload.namespace)) return { enabled: false, decidedBy: 'default', faults: [] };
    return decideSwitch({
      template: workload.templateAnnotations[ENABLED],
      workload: workload.annotations[ENABLED],
      coverageAgent: this.coverageAgentsOf(workload).written?.spec.enabled,
    });
  }
}

export function workloadOf(agent: CoverageAgent): string {
  return workloadKey({ namespace: agent.namespace, ...agent.spec.workloadRef });
}

function byAge(a: CoverageAgent, b: CoverageAgent): number {
  const [older, younger] = [a, b].map(({ created, name }) => `${created} ${name}`) as [string, string];
  return older < younger ? -1 : 1;
}

function index<T>(map: Map<string, Map<string, T>>, at: string, key: string, value: T): void {
  const entries = map.get(at) ?? new Map<string, T>();
  map.set(at, entries.set(key, value));
}

function unindex<T>(map: Map<string, Map<string, T>>, at: string, key: string): void {
  const entries = map.get(at);
  entries?.delete(key);
  if (entries?.size === 0) map.delete(at);
}
