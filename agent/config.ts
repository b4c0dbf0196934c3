/**
 * The agent's settings. The agent starts before the application and the application waits for it, so a wrong setting
 * must not stop it: it runs with that setting's default and says so in its log and status.
 */

import * as z from 'zod';
import { boolean, list, port, readEnvironment, seconds } from '../diagnostics/environment.ts';
import { describeError, PycaError } from '../diagnostics/errors.ts';
import type { PathMapping } from './source-path.ts';

const containerNames = list.refine((names) => names.every((name) => /^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/.test(name)), {
  message: 'expected names of containers, comma separated',
});

const pathMapping = z.string().transform((text, context): PathMapping => {
  const entries = text.split(';').filter((entry) => entry.trim());
  return entries.map((entry) => {
    const [, from, to] = /^([^=:]+)[=:](.*)$/.exec(entry.trim()) ?? [];
    if (from && to !== undefined) return { from: from.trim(), to: to.trim() };
    context.addIssue({ code: 'custom', message: 'expected FROM=TO, several separated by ;' });
    return z.NEVER;
  });
});

const schema = z.object({
  ENABLED: boolean.default(true),
  PRELOAD: z.string().optional(),
  DATA: z.string().default('/pyca/data'),
  CONTAINERS: containerNames.optional(),
  RABBITMQ_URL: z.string().default('amqp://coverage:coverage123@localhost:5672/'),
  RABBITMQ_URL_FILE: z.string().optional(),
  EXCHANGE: z.string().default('coverage_exchange'),
  ROUTING_KEY: z.string().default('coverage.report'),
  FLUSH_INTERVAL: seconds.default(60),
  PATH_MAPPING: pathMapping.default([]),
  REPO: z.string().default(''),
  REPO_ID: z.string().default(''),
  BRANCH: z.string().default(''),
  COMMIT: z.string().default(''),
  NAMESPACE: z.string().default(''),
  POD: z.string().default(''),
  WORKLOAD: z.string().default(''),
  STATUS_PORT: port.default(9177),
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
});

type Settings = z.output<typeof schema>;
export type AgentConfig = ReturnType<typeof arrange>;

/** `fault` names each setting that is wrong and for which the default stands in. */
export function readAgentConfig(env: NodeJS.ProcessEnv = process.env): AgentConfig & { fault: PycaError | null } {
  const usable = { ...env };
  const faults: string[] = [];
  for (const [name, setting] of Object.entries(schema.shape)) {
    try {
      readEnvironment(z.object({ [name]: setting }), env);
    } catch (error) {
      faults.push(describeError(error).message);
      delete usable[`PYCA_${name}`];
      delete usable[`PCA_${name}`];
    }
  }
  const fault = faults.length > 0 ? new PycaError('CONFIG_INVALID', `${faults.join('; ')}; using the default`) : null;
  return { ...arrange(readEnvironment(schema, usable)), fault };
}

function arrange(settings: Settings) {
  return {
    enabled: settings.ENABLED,
    preload: settings.PRELOAD,
    /** One folder a container; a folder of no container's has the empty name. */
    containers: settings.CONTAINERS?.map((name) => ({ name, folder: `${settings.DATA}/${name}` })) ?? [
      { name: '', folder: settings.DATA },
    ],
    broker: {
      url: settings.RABBITMQ_URL,
      urlFile: settings.RABBITMQ_URL_FILE,
      exchange: settings.EXCHANGE,
      routingKey: settings.ROUTING_KEY,
    },
    flushInterval: settings.FLUSH_INTERVAL,
    pathMapping: settings.PATH_MAPPING,
    repository: {
      repo: settings.REPO,
      repo_id: settings.REPO_ID,
      branch: settings.BRANCH,
      commit: settings.COMMIT,
    },
    origin: { namespace: settings.NAMESPACE, pod: settings.POD, workload: settings.WORKLOAD },
    statusPort: settings.STATUS_PORT,
    logLevel: settings.LOG_LEVEL,
  };
}
