/** Which containers of a pod are covered: those named, else all but the known mesh proxies. */

import type { V1Container } from '@kubernetes/client-node';
import { type Reason, reason } from './reasons.ts';

/** Containers that service meshes inject: no application's code runs in them. */
const MESH_PROXIES = new Set([
  'istio-proxy',
  'linkerd-proxy',
  'kuma-sidecar',
  'consul-dataplane',
  'consul-connect-envoy-sidecar',
  'envoy',
  'envoy-sidecar',
  'nginx-mesh-sidecar',
  'traffic-agent',
  'daprd',
]);

export function selectContainers(
  containers: readonly V1Container[],
  named: readonly string[] | undefined,
): { selected: V1Container[]; unknown: Reason[] } {
  if (!named) return { selected: containers.filter((container) => !MESH_PROXIES.has(container.name)), unknown: [] };
  const unknown = named.filter((name) => !containers.some((container) => container.name === name));
  return {
    selected: containers.filter((container) => named.includes(container.name)),
    unknown: unknown.map((name) => reason('container-unknown', name)),
  };
}
