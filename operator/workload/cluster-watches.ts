/** The watches that fill the view, and whose turn it is when something changes. */

import type { Logger } from '../../diagnostics/logger.ts';
import { type CoverageAgent, type RawCoverageAgent, readCoverageAgent } from '../api/coverage-agent-object.ts';
import { BROKER_KEY, BROKER_SECRET, SESSION_TOKEN_KEY, STATUS } from '../api/names.ts';
import type { KubernetesClient, Selection } from '../kubernetes/client.ts';
import type { KubernetesObject, Secret } from '../kubernetes/objects.ts';
import { COVERAGE_AGENTS, PODS, type Resource, SECRETS } from '../kubernetes/resources.ts';
import { type RestartCause, Watcher } from '../kubernetes/watch.ts';
import { type ClusterView, workloadOf } from './cluster-view.ts';
import { type PodView, type RawPod, readPod } from './pod-view.ts';
import { WORKLOADS, type Workload, workloadKey } from './workload.ts';

export interface ClusterWatchesOptions {
  client: KubernetesClient;
  view: ClusterView;
  namespace: string;
  /** The Secret in the operator's namespace with the broker's address. */
  brokerSecret: string | undefined;
  onWorkload: (key: string) => void;
  onWorkloadGone: (key: string, uid: string) => void;
  onNamespace: (namespace: string) => void;
  onRestart: (resource: string, cause: RestartCause) => void;
  log: Logger;
}

/** As much of a watcher as is needed to start and stop it. */
interface Running {
  start(): unknown;
  stop(): Promise<void>;
  readonly synced: Promise<void>;
}

export class ClusterWatches {
  readonly #options: ClusterWatchesOptions;
  readonly #watchers: Running[];
  #synced = false;

  constructor(options: ClusterWatchesOptions) {
    this.#options = options;
    this.#watchers = [
      ...Object.keys(WORKLOADS).map((kind) => this.#workloads(kind)),
      this.#coverageAgents(),
      this.#pods(),
      this.#brokerCopies(),
      ...(options.brokerSecret ? [this.#brokerSource(options.brokerSecret)] : []),
    ];
  }

  /** Resolves when all is known once; only then is anything acted on, for half the truth would take switches back. */
  async start(): Promise<void> {
    for (const watcher of this.#watchers) watcher.start();
    await Promise.all(this.#watchers.map(({ synced }) => synced));
    this.#synced = true;
    const { view, onWorkload } = this.#options;
    for (const key of view.workloads.keys()) onWorkload(key);
    this.#everyNamespace();
  }

  async stop(): Promise<void> {
    await Promise.all(this.#watchers.map((watcher) => watcher.stop()));
  }

  #workloads(kind: string): Running {
    const { resource, project } = WORKLOADS[kind] as (typeof WORKLOADS)[string];
    const { view, onWorkload, onWorkloadGone } = this.#options;
    return this.#watcher<KubernetesObject, Workload>(
      resource,
      {},
      (object) => project(object as never),
      (_, current, previous) => {
        const workload = (current ?? previous) as Workload;
        const key = workloadKey(workload);
        view.workloads.set(key, current);
        if (!current) onWorkloadGone(key, workload.uid);
        this.#turn(() => (current ? onWorkload(key) : this.#options.onNamespace(workload.namespace)));
      },
    );
  }

  #coverageAgents(): Running {
    const { view, onWorkload, onNamespace, onWorkloadGone } = this.#options;
    return this.#watcher<RawCoverageAgent, CoverageAgent>(
      COVERAGE_AGENTS,
      {},
      readCoverageAgent,
      (key, current, previous) => {
        view.setCoverageAgent(key, current);
        for (const agent of [current, previous]) if (agent) this.#turn(() => onWorkload(workloadOf(agent)));
        if (current || !previous) return;
        onWorkloadGone(workloadOf(previous), '');
        this.#turn(() => onNamespace(previous.namespace));
      },
    );
  }

  /** Only pods that the webhook has marked: the operator's memory does not grow with the cluster. */
  #pods(): Running {
    const { view, onNamespace } = this.#options;
    return this.#watcher<RawPod, PodView>(PODS, { labelSelector: STATUS }, readPod, (key, current, previous) => {
      view.setPod(key, current);
      if (!current || !previous) this.#turn(() => onNamespace((current ?? (previous as PodView)).namespace));
    });
  }

  #brokerCopies(): Running {
    const { view, onNamespace } = this.#options;
    const selection = { fieldSelector: `metadata.name=${BROKER_SECRET}` };
    return this.#watcher<Secret, Secret>(
      SECRETS,
      selection,
      (secret) => secret,
      (key, current, previous) => {
        view.brokerSecrets.set(key, current);
        this.#turn(() => onNamespace((current ?? previous)?.metadata.namespace ?? ''));
      },
    );
  }

  #brokerSource(name: string): Running {
    const { view, namespace } = this.#options;
    const selection = { namespace, fieldSelector: `metadata.name=${name}` };
    return this.#watcher<Secret, Secret>(
      SECRETS,
      selection,
      (secret) => secret,
      (_, current) => {
        view.brokerSource = copiedKeys(current?.data);
        this.#turn(() => this.#everyNamespace());
      },
    );
  }

  #everyNamespace(): void {
    const { view, onNamespace } = this.#options;
    const namespaces = [
      ...[...view.coverageAgents.values()].map(({ namespace }) => namespace),
      ...[...view.pods.values()].map(({ namespace }) => namespace),
      ...[...view.brokerSecrets.values()].map(({ metadata }) => metadata.namespace ?? ''),
    ];
    for (const namespace of new Set(namespaces)) onNamespace(namespace);
  }

  #turn(act: () => void): void {
    if (this.#synced) act();
  }

  #watcher<Raw extends KubernetesObject, T>(
    resource: Resource,
    selection: Selection,
    project: (object: Raw) => T | undefined,
    onChange: (key: string, current: T | undefined, previous: T | undefined) => void,
  ): Running {
    const { client, log, onRestart } = this.#options;
    return new Watcher<Raw, T>({
      client,
      log,
      resource,
      selection,
      project,
      onChange,
      onRestart: (cause) => onRestart(resource.plural, cause),
    });
  }
}

/** Without the address there is nothing to copy. */
function copiedKeys(data: Record<string, string> = {}): Record<string, string> | undefined {
  const { [BROKER_KEY]: url, [SESSION_TOKEN_KEY]: token } = data;
  return url ? { [BROKER_KEY]: url, ...(token && { [SESSION_TOKEN_KEY]: token }) } : undefined;
}
