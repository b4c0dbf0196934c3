/** What is wrong with a workload's agents, the gravest first, with the remedy. */

import { maskSecrets } from '../../diagnostics/errors.ts';
import { BROKER_KEY, SIDECAR } from '../api/names.ts';
import type { PodView } from '../workload/pod-view.ts';
import type { PodReport } from './poller.ts';

export interface Degradation {
  readonly reason: string;
  readonly message: string;
}

const CANNOT_PULL = [
  'ErrImagePull',
  'ImagePullBackOff',
  'InvalidImageName',
  'ErrImageNeverPull',
  'RegistryUnavailable',
];
const CANNOT_START = ['CreateContainerConfigError', 'CreateContainerError', 'RunContainerError', 'StartError'];
const CRASHES = 'CrashLoopBackOff';
const SILENT_AFTER_FAILURES = 3;

/** Says nothing that changes from one look to the next (the kubelet's own words do), or status would never rest. */
export function findDegradation(
  pods: readonly PodView[],
  reportOf: (pod: PodView) => PodReport | undefined,
  missingSecret: string | undefined,
): Degradation | undefined {
  const sorted = pods.filter((pod) => !pod.deleting).sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const find of [notPulled, notStarted, crashing]) {
    const found = sorted.map(find).find((degradation) => degradation !== undefined);
    if (found) return found;
  }
  return noBroker(missingSecret) ?? agentErrors(sorted, reportOf) ?? silent(sorted, reportOf);
}

function noBroker(missingSecret: string | undefined): Degradation | undefined {
  if (!missingSecret) return undefined;
  return {
    reason: 'BrokerSecretMissing',
    message: `there is no broker to report to: create the Secret ${missingSecret} with the key "${BROKER_KEY}", the address of a RabbitMQ; lines are kept meanwhile`,
  };
}

function notPulled({ name, agent }: PodView): Degradation | undefined {
  if (!CANNOT_PULL.includes(agent.waiting?.reason ?? '')) return undefined;
  return {
    reason: 'AgentImagePull',
    message: `pod ${name} cannot pull the agent's image ${agent.image}: check the chart's image.repository and image.tag, and the node's access to them; pods that run already go on serving`,
  };
}

function notStarted({ name, agent }: PodView): Degradation | undefined {
  if (!CANNOT_START.includes(agent.waiting?.reason ?? '')) return undefined;
  return {
    reason: 'AgentNotStarted',
    message: `pod ${name} cannot start the agent (${agent.waiting?.reason}): kubectl describe pod ${name} says why; pods that run already go on serving`,
  };
}

function crashing({ name, agent }: PodView): Degradation | undefined {
  if (agent.waiting?.reason !== CRASHES) return undefined;
  return {
    reason: 'AgentCrash',
    message: `the agent of pod ${name} ends again and again: kubectl logs ${name} -c ${SIDECAR} --previous says why; pods that run already go on serving`,
  };
}

function agentErrors(
  pods: readonly PodView[],
  reportOf: (pod: PodView) => PodReport | undefined,
): Degradation | undefined {
  for (const pod of pods) {
    for (const { lastError } of reportOf(pod)?.containers ?? []) {
      if (!lastError) continue;
      const remedy = lastError.remedy ? `: ${lastError.remedy}` : '';
      // A pod is not trusted to have masked it.
      return { reason: 'AgentError', message: maskSecrets(`${lastError.code}: ${lastError.message}${remedy}`) };
    }
  }
  return undefined;
}

function silent(pods: readonly PodView[], reportOf: (pod: PodView) => PodReport | undefined): Degradation | undefined {
  const pod = pods.find((candidate) => (reportOf(candidate)?.failures ?? 0) >= SILENT_AFTER_FAILURES);
  if (!pod) return undefined;
  return {
    reason: 'AgentSilent',
    message: `the operator cannot reach the agent of pod ${pod.name} on port ${pod.agent.address?.port}: a NetworkPolicy must let it; reports to the broker do not depend on it`,
  };
}
