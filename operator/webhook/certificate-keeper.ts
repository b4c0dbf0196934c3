/** Keeps the certificate Secret, the server and the webhook configuration's caBundle in step; any replica may do it. */

import type { Logger } from '../../diagnostics/logger.ts';
import { MANAGED_BY, MANAGER } from '../api/names.ts';
import type { KubernetesClient } from '../kubernetes/client.ts';
import { isConflict } from '../kubernetes/client.ts';
import { type KubernetesObject, keyOf, type Secret } from '../kubernetes/objects.ts';
import { MUTATING_WEBHOOKS, SECRETS } from '../kubernetes/resources.ts';
import { type RestartCause, Watcher } from '../kubernetes/watch.ts';
import { WorkQueue } from '../workload/work-queue.ts';
import { type Certificates, expiry, type KeyPair, planStep, type Step, takeStep } from './certificate.ts';

interface WebhookConfiguration extends KubernetesObject {
  webhooks?: { name: string; clientConfig: { caBundle?: string } }[];
}

export interface CertificateKeeperOptions {
  client: KubernetesClient;
  namespace: string;
  secretName: string;
  webhookConfiguration: string;
  hosts: readonly string[];
  /** Called with each pair to serve from now on. */
  onServe: (pair: KeyPair) => void;
  onExpiry: (expiry: Date) => void;
  onError: (error: unknown) => void;
  onRestart: (resource: string, cause: RestartCause) => void;
  log: Logger;
  now?: () => Date;
}

const CHECK_MS = 60_000;
const QUEUE_KEY = 'certificate';

export class CertificateKeeper {
  readonly #options: CertificateKeeperOptions;
  readonly #queue: WorkQueue;
  readonly #secrets: Watcher<Secret, Secret>;
  readonly #webhooks: Watcher<WebhookConfiguration, WebhookConfiguration>;
  #served = '';
  #markServing: () => void = () => {};
  /** Resolves when there is a certificate to serve. */
  readonly serving = new Promise<void>((resolve) => {
    this.#markServing = resolve;
  });

  constructor(options: CertificateKeeperOptions) {
    this.#options = options;
    const { client, log } = options;
    this.#queue = new WorkQueue({ handle: () => this.#reconcile(), onError: (_, error) => this.#onError(error) });
    const onChange = () => this.#queue.add(QUEUE_KEY);
    this.#secrets = new Watcher<Secret, Secret>({
      client,
      log,
      resource: SECRETS,
      selection: { namespace: options.namespace, fieldSelector: `metadata.name=${options.secretName}` },
      project: (secret) => secret,
      onChange,
      onRestart: (cause) => options.onRestart('secrets', cause),
    });
    this.#webhooks = new Watcher<WebhookConfiguration, WebhookConfiguration>({
      client,
      log,
      resource: MUTATING_WEBHOOKS,
      selection: { fieldSelector: `metadata.name=${options.webhookConfiguration}` },
      project: (configuration) => configuration,
      onChange,
      onRestart: (cause) => options.onRestart('mutatingwebhookconfigurations', cause),
    });
  }

  async start(): Promise<void> {
    this.#secrets.start();
    this.#webhooks.start();
    await Promise.all([this.#secrets.synced, this.#webhooks.synced]);
    this.#queue.add(QUEUE_KEY);
  }

  async stop(): Promise<void> {
    await Promise.all([this.#queue.stop(), this.#secrets.stop(), this.#webhooks.stop()]);
  }

  async #reconcile(): Promise<void> {
    const { namespace, secretName, hosts, now = () => new Date() } = this.#options;
    const secret = this.#secrets.store.get(keyOf({ namespace, name: secretName }));
    const known = secret && readSecret(secret);
    const step = planStep(known, hosts, now());
    // A certificate is promoted only where its CA is trusted already.
    if (known && step === 'promote') await this.#ensureBundle(known.authorities);
    const certificates = known && step === 'keep' ? known : await this.#write(step, known, secret);
    this.#serve(certificates.serving);
    await this.#ensureBundle(certificates.authorities);
    this.#queue.addAfter(QUEUE_KEY, CHECK_MS);
  }

  /** Refused (409) where another replica was first; its Secret then comes by the watch, and the queue's turn again. */
  async #write(step: Step, known: Certificates | undefined, secret: Secret | undefined): Promise<Certificates> {
    const { client, namespace, secretName, hosts, now = () => new Date(), log } = this.#options;
    const certificates = await takeStep(step, known, hosts, now());
    const data = writeData(certificates);
    if (secret) {
      const { resourceVersion } = secret.metadata;
      await client.merge(SECRETS, namespace, secretName, { metadata: { resourceVersion }, data });
    } else {
      const metadata = { name: secretName, namespace, labels: { [MANAGED_BY]: MANAGER } };
      await client.create(SECRETS, namespace, { metadata, type: 'Opaque', data: withoutNulls(data) });
    }
    log.info({ step, expires: expiry(certificates.serving) }, 'certificate written');
    return certificates;
  }

  #serve(pair: KeyPair): void {
    if (pair.certificate === this.#served) return;
    this.#options.onServe(pair);
    this.#options.onExpiry(expiry(pair));
    this.#served = pair.certificate;
    this.#markServing();
  }

  async #ensureBundle(authorities: string): Promise<void> {
    const { client, webhookConfiguration, log } = this.#options;
    const configuration = this.#webhooks.store.get(webhookConfiguration);
    const caBundle = Buffer.from(authorities).toString('base64');
    const stale = (configuration?.webhooks ?? []).flatMap((webhook, i) =>
      webhook.clientConfig.caBundle === caBundle ? [] : [i],
    );
    if (!configuration || stale.length === 0) return;
    await client.patch(MUTATING_WEBHOOKS, undefined, webhookConfiguration, [
      { op: 'replace', path: '/metadata/resourceVersion', value: configuration.metadata.resourceVersion },
      ...stale.map((i) => ({ op: 'add', path: `/webhooks/${i}/clientConfig/caBundle`, value: caBundle })),
    ]);
    log.info({ webhooks: stale.length }, 'caBundle written');
  }

  #onError(error: unknown): void {
    const { onError, log } = this.#options;
    if (isConflict(error)) {
      log.debug('another replica wrote the certificate first');
    } else {
      log.error({ err: error }, 'the certificate could not be kept; trying again');
      onError(error);
    }
  }
}

const KEYS = {
  authorities: 'ca.crt',
  certificate: 'tls.crt',
  key: 'tls.key',
  nextCertificate: 'next.crt',
  nextKey: 'next.key',
};

function readSecret({ data = {} }: Secret): Certificates | undefined {
  const read = (key: string) => Buffer.from(data[key] ?? '', 'base64').toString('utf8');
  const serving = { certificate: read(KEYS.certificate), key: read(KEYS.key) };
  const next = { certificate: read(KEYS.nextCertificate), key: read(KEYS.nextKey) };
  const authorities = read(KEYS.authorities);
  if (!serving.certificate || !serving.key || !authorities) return undefined;
  return { authorities, serving, next: next.certificate && next.key ? next : undefined };
}

function writeData({ authorities, serving, next }: Certificates): Record<string, string | null> {
  const encode = (text: string | undefined) => (text === undefined ? null : Buffer.from(text).toString('base64'));
  return {
    [KEYS.authorities]: encode(authorities),
    [KEYS.certificate]: encode(serving.certificate),
    [KEYS.key]: encode(serving.key),
    [KEYS.nextCertificate]: encode(next?.certificate),
    [KEYS.nextKey]: encode(next?.key),
  };
}

function withoutNulls(data: Record<string, string | null>): Record<string, string> {
  return Object.fromEntries(Object.entries(data).filter((entry): entry is [string, string] => entry[1] !== null));
}
