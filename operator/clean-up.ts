/** Takes everything of PYCA out of a cluster, in an order that lets nothing come back. Twice does no harm. */

import { setTimeout as sleep } from 'node:timers/promises';
import { PycaError } from '../diagnostics/errors.ts';
import type { Logger } from '../diagnostics/logger.ts';
import type { RawCoverageAgent } from './api/coverage-agent-object.ts';
import { BROKER_SECRET, INJECT, isManaged } from './api/names.ts';
import type { Config } from './config.ts';
import { isConflict, isNotFound, type KubernetesClient } from './kubernetes/client.ts';
import type { KubernetesObject, Secret } from './kubernetes/objects.ts';
import { COVERAGE_AGENTS, DEPLOYMENTS, MUTATING_WEBHOOKS, PODS, SECRETS } from './kubernetes/resources.ts';
import { WORKLOADS, type WorkloadKind, workloadName } from './workload/workload.ts';

const ATTEMPTS = 10;
const OPERATOR_GONE_MS = 60_000;
const POLL_MS = 500;

interface OperatorDeployment extends KubernetesObject {
  spec: { selector: { matchLabels?: Record<string, string> } };
}

export async function cleanUp(config: Config, client: KubernetesClient, log: Logger): Promise<void> {
  const { NAMESPACE, WEBHOOK_CONFIGURATION, CERTIFICATE_SECRET } = config;
  // The webhook first, so that no pod is injected again; then the operator, so that it carries no switch again.
  await client.delete(MUTATING_WEBHOOKS, undefined, WEBHOOK_CONFIGURATION);
  log.info('webhook configuration deleted');
  await stopOperator(client, NAMESPACE, config.deployment);
  log.info('operator stopped');

  let failures = 0;
  const step = async (what: string, act: () => Promise<unknown>) => {
    try {
      await act();
      log.info(what);
    } catch (err) {
      failures += 1;
      log.error({ err }, `not done: ${what}`);
    }
  };
  for (const kind of Object.values(WORKLOADS)) await takeSwitchesBack(client, kind, step);
  await clearCoverageAgents(client, step);
  await deleteBrokerCopies(client, NAMESPACE, step);
  await step('certificate Secret deleted', () => client.delete(SECRETS, NAMESPACE, CERTIFICATE_SECRET));
  if (failures > 0) {
    throw new PycaError('KUBERNETES_API', `${failures} steps of the clean-up were not done; run it again`);
  }
  log.info('clean: nothing of PYCA is left');
}

type Step = (what: string, act: () => Promise<unknown>) => Promise<void>;

/** Scaled to 0, and until its last pod has ended: one that still drains could carry a switch once more. */
async function stopOperator(client: KubernetesClient, namespace: string, name: string): Promise<void> {
  const deployment = await client.get<OperatorDeployment>(DEPLOYMENTS, namespace, name);
  if (!deployment) return;
  await client.merge(DEPLOYMENTS, namespace, name, { spec: { replicas: 0 } });
  const labels = Object.entries(deployment.spec.selector.matchLabels ?? {});
  const labelSelector = labels.map(([key, value]) => `${key}=${value}`).join(',');
  const deadline = Date.now() + OPERATOR_GONE_MS;
  for (;;) {
    const { items } = await client.list(PODS, { namespace, labelSelector });
    if (items.length === 0) return;
    if (Date.now() > deadline) {
      throw new PycaError(
        'KUBERNETES_API',
        `the pods of Deployment ${namespace}/${name} have not ended within a minute`,
      );
    }
    await sleep(POLL_MS);
  }
}

/** Our annotation alone; a user's pyca.io/enabled stays the user's. */
async function takeSwitchesBack(client: KubernetesClient, kind: WorkloadKind, step: Step): Promise<void> {
  const { items } = await client.list<KubernetesObject>(kind.resource);
  for (const item of items) {
    const workload = kind.project(item as never);
    if (workload.templateAnnotations[INJECT] === undefined) continue;
    const { namespace, name } = workload;
    await step(`switch taken back: ${namespace}/${workloadName(workload)}`, () =>
      retryConflicts(() => client.merge(kind.resource, namespace, name, kind.templatePatch({ [INJECT]: null }))),
    );
  }
}

/** The operator's own go; those that users wrote stay, without a status that nobody keeps any more. */
async function clearCoverageAgents(client: KubernetesClient, step: Step): Promise<void> {
  const { items } = await client.list<RawCoverageAgent>(COVERAGE_AGENTS).catch((error: unknown) => {
    if (isNotFound(error)) return { items: [] }; // the CRD is gone, and they with it
    throw error;
  });
  for (const { metadata, status } of items) {
    const { namespace, name } = metadata;
    if (isManaged(metadata.labels)) {
      await step(`CoverageAgent deleted: ${namespace}/${name}`, () => client.delete(COVERAGE_AGENTS, namespace, name));
    } else if (status) {
      await step(`CoverageAgent's status cleared: ${namespace}/${name}`, () =>
        client.merge(COVERAGE_AGENTS, namespace, name, { status: null }, 'status'),
      );
    }
  }
}

async function deleteBrokerCopies(client: KubernetesClient, own: string, step: Step): Promise<void> {
  const { items } = await client.list<Secret>(SECRETS, { fieldSelector: `metadata.name=${BROKER_SECRET}` });
  for (const { metadata } of items) {
    if (metadata.namespace === own || !isManaged(metadata.labels)) continue;
    await step(`broker Secret deleted: ${metadata.namespace}/${metadata.name}`, () =>
      client.delete(SECRETS, metadata.namespace, metadata.name),
    );
  }
}

async function retryConflicts(act: () => Promise<unknown>): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await act();
      return;
    } catch (error) {
      if (isNotFound(error)) return;
      if (!isConflict(error) || attempt === ATTEMPTS) throw error;
      await sleep(POLL_MS);
    }
  }
}
