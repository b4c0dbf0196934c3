/** The operator's settings: each PYCA_X of the environment. */

import { z } from 'zod';
import { list, port, readEnvironment, seconds } from '../diagnostics/environment.ts';
import { resourcesSchema } from './api/coverage-agent.ts';

/** Enough for an agent of a large application; a Guaranteed pod's agent gets the limits. */
const DEFAULT_RESOURCES = { requests: { cpu: '10m', memory: '64Mi' }, limits: { cpu: '500m', memory: '256Mi' } };

const json = z.string().transform((text, context) => {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    context.addIssue({ code: 'custom', message: 'expected JSON' });
    return z.NEVER;
  }
});

const configSchema = z.object({
  NAMESPACE: z.string().default('pyca-system'),
  AGENT_IMAGE: z.string().default('pyca:latest'),
  AGENT_PULL_POLICY: z.enum(['Always', 'IfNotPresent', 'Never']).optional(),
  AGENT_RESOURCES: json.pipe(resourcesSchema).default(DEFAULT_RESOURCES),
  WEBHOOK_CONFIGURATION: z.string().default('pyca-operator'),
  SERVICE: z.string().default('pyca-operator'),
  /** The operator's own Deployment; named as its Service unless said. */
  DEPLOYMENT: z.string().optional(),
  CERTIFICATE_SECRET: z.string().default('pyca-operator-certificate'),
  BROKER_SECRET: z.string().optional(),
  FLUSH_INTERVAL: seconds.optional(),
  STATUS_INTERVAL: seconds.default(5),
  WEBHOOK_PORT: port.default(9443),
  METRICS_PORT: port.default(8080),
  /** Further names or addresses for the serving certificate, where the API server does not come by the Service. */
  WEBHOOK_HOSTS: list.default([]),
  /** How long reviews are still answered after SIGTERM, until every API server has heard that this replica goes. */
  DRAIN: seconds.default(5),
  LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error']).default('info'),
});

export interface Config extends z.output<typeof configSchema> {
  readonly deployment: string;
  /** The webhook Service's name in the cluster's DNS. */
  readonly service: string;
  /** What the serving certificate bears. */
  readonly hosts: readonly string[];
}

export function readConfig(env: NodeJS.ProcessEnv = process.env): Config {
  const config = readEnvironment(configSchema, env);
  const service = `${config.SERVICE}.${config.NAMESPACE}.svc`;
  return {
    ...config,
    deployment: config.DEPLOYMENT ?? config.SERVICE,
    service,
    hosts: [service, `${service}.cluster.local`, ...config.WEBHOOK_HOSTS],
  };
}
