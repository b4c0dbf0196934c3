/** `pyca operator [--clean-up]` */

import { parseArgs } from 'node:util';
import { KubeConfig } from '@kubernetes/client-node';
import { PycaError } from '../diagnostics/errors.ts';
import { createLogger, type Logger } from '../diagnostics/logger.ts';
import { cleanUp } from './clean-up.ts';
import { readConfig } from './config.ts';
import { KubernetesClient } from './kubernetes/client.ts';
import { Operator } from './operator.ts';

/** Native sidecars: before it, the API server drops the field, and the agent would block the pod as an init container. */
const OLDEST_MINOR = 29;

export async function runOperator(args: string[]): Promise<void> {
  const options = readArguments(args);
  const config = readConfig();
  const log = createLogger('operator', config.LOG_LEVEL);
  const client = connect();
  if (options.cleanUp) return cleanUp(config, client, log);

  await requireVersion(client, log);
  const operator = new Operator(config, client, log);
  const ended = new Promise<void>((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, resolve);
  });
  await Promise.race([operator.start(), ended]);
  await ended;
  await operator.stop();
}

function readArguments(args: string[]): { cleanUp: boolean } {
  try {
    const { values } = parseArgs({ args, options: { 'clean-up': { type: 'boolean', default: false } } });
    return { cleanUp: values['clean-up'] };
  } catch (error) {
    throw new PycaError('USAGE', error instanceof Error ? error.message : String(error));
  }
}

function connect(): KubernetesClient {
  const kubeConfig = new KubeConfig();
  kubeConfig.loadFromDefault();
  return new KubernetesClient(kubeConfig);
}

async function requireVersion(client: KubernetesClient, log: Logger): Promise<void> {
  const { major, minor, gitVersion } = await client.request<{ major: string; minor: string; gitVersion: string }>(
    'GET',
    '/version',
  );
  if (Number(major) === 1 && Number.parseInt(minor, 10) < OLDEST_MINOR) {
    throw new PycaError(
      'KUBERNETES_API',
      `Kubernetes ${gitVersion} has no native sidecars: 1.${OLDEST_MINOR} is the oldest that PYCA runs on`,
    );
  }
  log.info({ kubernetes: gitVersion }, 'connected');
}
