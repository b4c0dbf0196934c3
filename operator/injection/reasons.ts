/** Every reason not to inject a pod or a container: one list for annotations, events, metrics and logs. */

const REASONS = {
  windows: () => 'the pod asks for Windows; the agent runs on Linux',
  'host-network': () => "the pod shares the node's network, where the agent's status port could meet another pod's",
  'bad-annotation': (detail: string) => detail,
  'unknown-switch': (detail: string) => detail,
  'name-taken': (what: string, name: string) => `the pod has a ${what} named "${name}" of its own; rename it`,
  'no-container': () => 'no container is left to cover; name some in pyca.io/containers',
  'container-unknown': (name: string) => `pyca.io/containers names "${name}", which the pod does not have`,
  'mount-path-taken': (name: string) => `container "${name}" mounts something at /pyca itself`,
  'value-from': (name: string, variable: string) =>
    `container "${name}" takes ${variable} from elsewhere (valueFrom), so it cannot be added to; give it a plain value`,
} as const;

export type ReasonCode = keyof typeof REASONS;

export interface Reason {
  readonly code: ReasonCode;
  readonly message: string;
}

export function reason<C extends ReasonCode>(code: C, ...details: Parameters<(typeof REASONS)[C]>): Reason {
  const message = (REASONS[code] as (...details: readonly string[]) => string)(...details);
  return { code, message };
}

/** As it stands in pyca.io/reason. */
export function printReasons(reasons: readonly Reason[]): string {
  return reasons.map(({ code, message }) => `${code}: ${message}`).join('; ');
}
