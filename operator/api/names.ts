/** The names that PYCA writes into a cluster: annotations, labels, volumes, paths. */

export const GROUP = 'pyca.io';

/** A user's: "true" or "false". */
export const ENABLED = `${GROUP}/enabled`;
/** Ours, on the pod template: the switch, carried there; its value is the CoverageAgent's name. */
export const INJECT = `${GROUP}/inject`;
/** Ours, on the pod, as annotation and label: injected, partial or skipped. */
export const STATUS = `${GROUP}/status`;
/** Ours, on the pod: why it was not injected, or not wholly. */
export const REASON = `${GROUP}/reason`;

export const MANAGED_BY = 'app.kubernetes.io/managed-by';
export const MANAGER = 'pyca';
export const SAFE_TO_EVICT_VOLUMES = 'cluster-autoscaler.kubernetes.io/safe-to-evict-local-volumes';
export const POD_TEMPLATE_HASH = 'pod-template-hash';

export const SIDECAR = 'pyca-agent';
export const PRELOAD_VOLUME = 'pyca-preload';
export const DATA_VOLUME = 'pyca-data';
export const BROKER_VOLUME = 'pyca-broker';
/** The copy of the broker's address that the operator keeps where injected workloads live. */
export const BROKER_SECRET = 'pyca-broker';
export const BROKER_KEY = 'url';
/** Optional: who has it may start and stop sessions. */
export const SESSION_TOKEN_KEY = 'session-token';

export const ROOT = '/pyca';
export const PRELOAD_PATH = `${ROOT}/preload`;
export const DATA_PATH = `${ROOT}/data`;
export const BROKER_PATH = `${ROOT}/broker`;

export function isManaged(labels: Record<string, string> | undefined): boolean {
  return labels?.[MANAGED_BY] === MANAGER;
}
