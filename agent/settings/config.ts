/**
 * The agent's settings. The agent starts before the application and the application waits for it, so a wrong setting
 * must not stop it: it runs with that setting's default and says so in its log and status.
 */

import { resolve } from 'node:path';
import * as z from 'zod';
import {
  boolean,
  type Found,
  findInEnvironment,
  list,
  port,
  readSettings,
  seconds,
} from '../../diagnostics/environment.ts';
import { describeError, PycaError } from '../../diagnostics/errors.ts';
import type { PathMapping } from '../collection/source-path.ts';
import { parseSinkAddress } from '../sink/sink-address.ts';

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

const sink = z.string().superRefine((text, context) => {
  try {
    parseSinkAddress(text, 'PYCA_SINK');
  } catch (error) {
    context.addIssue({ code: 'custom', message: (error as Error).message.replace('PYCA_SINK: ', '') });
  }
});

/** A user in it would have to be masked wherever the address is named; there is the token. */
const apiUrl = z
  .url({ protocol: /^https?$/, error: 'expected http(s)://HOST/PATH' })
  .refine(
    (text) => !URL.parse(text)?.username && !URL.parse(text)?.password,
    'expected no user in it: set PYCA_GITHUB_TOKEN',
  );

/** Each is `PYCA_X`; what is unset and has no default is not known. */
export const agentSchema = z.object({
  ENABLED: boolean.default(true),
  PRELOAD: z.string().optional(),
  DATA: z.string().default('/pyca/data'),
  CONTAINERS: containerNames.optional(),
  SINK: sink.optional(),
  SINK_TOKEN: z.string().optional(),
  SINK_TOKEN_FILE: z.string().optional(),
  RABBITMQ_URL: z.string().default('amqp://coverage:coverage123@localhost:5672/'),
  RABBITMQ_URL_FILE: z.string().optional(),
  EXCHANGE: z.string().default('coverage_exchange'),
  ROUTING_KEY: z.string().default('coverage.report'),
  FLUSH_INTERVAL: seconds.default(60),
  SOURCE_ROOT: z.string().optional(),
  INCLUDE: z.string().optional(),
  EXCLUDE: z.string().optional(),
  PATH_MAPPING: pathMapping.default([]),
  REPO: z.string().default(''),
  REPO_ID: z.string().default(''),
  BRANCH: z.string().default(''),
  COMMIT: z.string().default(''),
  GITHUB_TOKEN: z.string().optional(),
  GITHUB_API_URL: apiUrl.optional(),
  SESSIONS: boolean.default(false),
  SESSION_TOKEN: z.string().optional(),
  SESSION_TOKEN_FILE: z.string().optional(),
  NAMESPACE: z.string().default(''),
  POD: z.string().default(''),
  WORKLOAD: z.string().default(''),
  STATUS_PORT: port.default(9177),
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
});

export type SettingKey = keyof typeof agentSchema.shape;
export type AgentConfig = ReturnType<typeof arrange>;

/** In a pod: `fault` names each setting that is wrong and for which the default stands in. */
export function readAgentConfig(env: NodeJS.ProcessEnv = process.env): AgentConfig & { fault: PycaError | null } {
  const { fault, ...config } = readForgivingly((key) => findInEnvironment(key, env));
  return { ...config, fault: fault && new PycaError(fault.code, `${fault.message}; using the default`) };
}

/** Defaults stand in for what is wrong, which `fault` names. Relative paths are below `folder`. */
export function readForgivingly(
  find: (key: string) => Found | undefined,
  folder?: string,
): AgentConfig & { fault: PycaError | null } {
  const wrong = new Set<string>();
  const faults: string[] = [];
  for (const [key, setting] of Object.entries(agentSchema.shape)) {
    try {
      readSettings(z.object({ [key]: setting }), find);
    } catch (error) {
      faults.push(describeError(error).message);
      wrong.add(key);
    }
  }
  const settings = readSettings(agentSchema, (key) => (wrong.has(key) ? undefined : find(key)));
  const fault = faults.length > 0 ? new PycaError('CONFIG_INVALID', faults.join('; ')) : null;
  return { ...arrange(settings, folder), fault };
}

function arrange(settings: z.output<typeof agentSchema>, folder: string = process.cwd()) {
  const below = (path: string | undefined) => (path === undefined ? undefined : resolve(folder, path));
  const data = resolve(folder, settings.DATA);
  return {
    enabled: settings.ENABLED,
    preload: below(settings.PRELOAD),
    data,
    /** One folder a container; a folder of no container's has the empty name. */
    containers: settings.CONTAINERS?.map((name) => ({ name, folder: `${data}/${name}` })) ?? [
      { name: '', folder: data },
    ],
    sink: {
      /** Unset: the broker. */
      url: settings.SINK,
      folder,
      token: settings.SINK_TOKEN,
      tokenFile: below(settings.SINK_TOKEN_FILE),
      broker: {
        url: settings.RABBITMQ_URL,
        urlFile: below(settings.RABBITMQ_URL_FILE),
        exchange: settings.EXCHANGE,
        routingKey: settings.ROUTING_KEY,
      },
    },
    flushInterval: settings.FLUSH_INTERVAL,
    /** For the applications: which of their files count, and where the repository's root is. */
    scope: { root: below(settings.SOURCE_ROOT), include: settings.INCLUDE, exclude: settings.EXCLUDE },
    pathMapping: settings.PATH_MAPPING,
    repository: {
      repo: settings.REPO,
      repo_id: settings.REPO_ID,
      branch: settings.BRANCH,
      commit: settings.COMMIT,
    },
    github: { token: settings.GITHUB_TOKEN, apiUrl: settings.GITHUB_API_URL },
    sessions: {
      enabled: settings.SESSIONS,
      token: settings.SESSION_TOKEN,
      tokenFile: below(settings.SESSION_TOKEN_FILE),
    },
    origin: { namespace: settings.NAMESPACE, pod: settings.POD, workload: settings.WORKLOAD },
    statusPort: settings.STATUS_PORT,
    logLevel: settings.LOG_LEVEL,
  };
}
