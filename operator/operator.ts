/** The operator, put together: watches fill the view, queues act on it, webhooks and status read it. */

import type { Server } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '../diagnostics/logger.ts';
import type { Config } from './config.ts';
import { startHealthServer } from './health-server.ts';
import { isConflict, type KubernetesClient } from './kubernetes/client.ts';
import { Metrics } from './metrics.ts';
import { httpAgentPort } from './status/agent-answer.ts';
import { Poller } from './status/poller.ts';
import { StatusController } from './status/status-controller.ts';
import { CertificateKeeper } from './webhook/certificate-keeper.ts';
import { webhookReachable } from './webhook/reachability.ts';
import { webhookRoutes } from './webhook/routes.ts';
import { WebhookServer } from './webhook/server.ts';
import { BrokerSecrets } from './workload/broker-secrets.ts';
import { ClusterView } from './workload/cluster-view.ts';
import { ClusterWatches } from './workload/cluster-watches.ts';
import { EventRecorder } from './workload/events.ts';
import { WorkQueue } from './workload/work-queue.ts';
import { WorkloadController } from './workload/workload-controller.ts';

export class Operator {
  readonly #config: Config;
  readonly #log: Logger;
  readonly #metrics = new Metrics();
  readonly #certificates: CertificateKeeper;
  readonly #webhooks: WebhookServer;
  readonly #watches: ClusterWatches;
  readonly #workloads: WorkQueue;
  readonly #namespaces: WorkQueue;
  readonly #status: StatusController;
  #health: Server | undefined;
  #reachable: Promise<void> | undefined;
  #ready = false;
  #stopping = false;

  constructor(config: Config, client: KubernetesClient, log: Logger) {
    this.#config = config;
    this.#log = log;
    const view = new ClusterView(config.NAMESPACE);
    const events = new EventRecorder(client, log);
    const poller = new Poller(httpAgentPort, this.#metrics, log);
    const brokerSecrets = new BrokerSecrets(client, view, log);
    const onRestart = (resource: string, cause: string) => this.#metrics.watchRestarts.add({ resource, cause });

    this.#namespaces = this.#queue('namespace', (namespace) => brokerSecrets.reconcile(namespace));
    const copyBroker = (namespace: string) =>
      brokerSecrets.reconcile(namespace, true).catch((error: unknown) => {
        this.#onError('namespace', namespace, error);
        this.#namespaces.addAfter(namespace, 1_000);
      });
    const webhookReachable = () => {
      this.#reachable ??= this.#awaitReachability();
      return this.#reachable;
    };
    const controller = new WorkloadController({ client, view, copyBroker, webhookReachable, events, log });
    this.#workloads = this.#queue('workload', (key) => controller.reconcile(key));
    this.#watches = new ClusterWatches({
      client,
      view,
      log,
      namespace: config.NAMESPACE,
      brokerSecret: config.BROKER_SECRET,
      onRestart,
      onWorkload: (key) => this.#workloads.add(key),
      onNamespace: (namespace) => this.#namespaces.add(namespace),
      onWorkloadGone: (key, uid) => {
        controller.forget(uid);
        poller.forget(key);
      },
    });
    this.#status = new StatusController({
      client,
      view,
      poller,
      events,
      intervalSeconds: config.STATUS_INTERVAL,
      brokerSecret: config.BROKER_SECRET && `${config.NAMESPACE}/${config.BROKER_SECRET}`,
      log,
    });

    const defaults = {
      image: config.AGENT_IMAGE,
      pullPolicy: config.AGENT_PULL_POLICY,
      resources: config.AGENT_RESOURCES,
      flushInterval: config.FLUSH_INTERVAL === undefined ? undefined : String(config.FLUSH_INTERVAL),
    };
    const routes = webhookRoutes(view, defaults, this.#metrics);
    this.#webhooks = new WebhookServer({ routes: { ...routes }, metrics: this.#metrics, log });
    this.#certificates = new CertificateKeeper({
      client,
      log,
      namespace: config.NAMESPACE,
      secretName: config.CERTIFICATE_SECRET,
      webhookConfiguration: config.WEBHOOK_CONFIGURATION,
      hosts: config.hosts,
      onServe: (pair) => this.#webhooks.serve(pair),
      onExpiry: (expiry) => this.#metrics.certificateExpiry.set({}, expiry.getTime() / 1_000),
      onError: () => this.#metrics.reconcileErrors.add({ controller: 'certificate' }),
      onRestart,
    });
  }

  async start(): Promise<void> {
    const { METRICS_PORT, WEBHOOK_PORT } = this.#config;
    const metrics = () => this.#metrics.print();
    this.#health = await startHealthServer(METRICS_PORT, { isReady: () => this.#ready, metrics });
    await Promise.all([this.#watches.start(), this.#certificates.start()]);
    await this.#certificates.serving;
    if (this.#stopping) return;
    const port = await this.#webhooks.listen(WEBHOOK_PORT);
    this.#status.start();
    this.#ready = true;
    this.#log.info({ port }, 'ready');
  }

  /** Lets go of the work at once, and of the webhooks when the API servers have had time to look elsewhere. */
  async stop(): Promise<void> {
    this.#stopping = true;
    this.#ready = false;
    this.#webhooks.drain();
    const controllers = [this.#workloads, this.#namespaces, this.#status];
    const drained = sleep(this.#config.DRAIN * 1_000);
    await Promise.all(controllers.map((controller) => controller.stop()));
    await drained;
    await Promise.all([this.#webhooks.close(), this.#certificates.stop(), this.#watches.stop()]);
    this.#health?.close();
    this.#health?.closeAllConnections();
    this.#log.info('stopped');
  }

  async #awaitReachability(): Promise<void> {
    const { WEBHOOK_HOSTS, service } = this.#config;
    // Where the API server does not come by the Service, it has the address from the start.
    if (WEBHOOK_HOSTS.length > 0) return;
    const reached = await webhookReachable({ host: service, port: 443, patienceSeconds: 30, graceSeconds: 1 });
    if (!reached)
      this.#log.warn({ service }, 'the webhook cannot be reached by its Service: pods may start as they were');
  }

  #queue(controller: string, handle: (key: string) => Promise<void>): WorkQueue {
    return new WorkQueue({ handle, onError: (key, error) => this.#onError(controller, key, error) });
  }

  #onError(controller: string, key: string, err: unknown): void {
    // Someone wrote the object meanwhile; the queue looks again.
    if (isConflict(err)) {
      this.#log.debug({ controller, key }, 'conflict');
    } else {
      this.#metrics.reconcileErrors.add({ controller });
      this.#log.warn({ controller, key, err }, 'not reconciled; trying again');
    }
  }
}
