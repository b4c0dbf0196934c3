/** `pyca agent`: the sidecar. Nothing that goes wrong in here may end it: the pod would not be ready any more. */

import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { createLogger, type Logger } from '../diagnostics/logger.ts';
import { version } from '../diagnostics/version.ts';
import { readBrokerAddress } from './broker-address.ts';
import { type AgentConfig, readAgentConfig } from './config.ts';
import { DataFolder } from './data-folder.ts';
import { FaultRecord } from './fault.ts';
import { releaseMemorySoon } from './memory.ts';
import { findPreload } from './preload.ts';
import { PreloadInstallation } from './preload-installation.ts';
import { Publisher } from './publisher.ts';
import { Reporter } from './reporter.ts';
import { openStatusPort } from './status-port.ts';

/** From SIGTERM to the end, in ms: well below the 5 s that are promised. */
const LAST_FLUSH = 4_000;

export async function runAgent(): Promise<void> {
  const config = readAgentConfig();
  const log = createLogger('pyca-agent', config.logLevel);
  for (const event of ['uncaughtException', 'unhandledRejection']) {
    process.on(event, (error: unknown) => log.error({ err: error }, event));
  }
  const stop = stopSignal();
  const [settings, preload, port] = ['settings', 'preload', 'status port'].map(
    (part) => new FaultRecord(log, { part }),
  ) as [FaultRecord, FaultRecord, FaultRecord];
  if (config.fault) settings.note(config.fault);

  const reporters = createReporters(config, log);
  log.info(
    { version, enabled: config.enabled, containers: reporters.map(({ container }) => container) },
    'agent started',
  );
  const installation = new PreloadInstallation(findPreload(), config.preload, preload);
  const source = { version, ready: () => installation.ready, reporters, faults: [settings, preload, port] };
  openStatusPort(config.statusPort, source, port, (number) => log.debug({ port: number }, 'status port open'));
  void installation.run(stop);

  const running = config.enabled ? reporters.map((reporter) => reporter.run(stop)) : [once(stop, 'abort')];
  const deadline = once(stop, 'abort').then(() => sleep(LAST_FLUSH));
  await Promise.race([Promise.all(running), deadline]);
  log.info('agent ended');
  process.exit(0);
}

function createReporters(config: AgentConfig, log: Logger): Reporter[] {
  const { broker, origin, repository, flushInterval, pathMapping } = config;
  const publisher = new Publisher({
    address: () => readBrokerAddress(broker),
    route: { exchange: broker.exchange, routingKey: broker.routingKey },
    name: `pyca-agent ${origin.namespace}/${origin.pod}`,
  });
  return config.containers.map(({ name: container, folder }) => {
    const warn = (file: string, reason: string) => log.warn({ container, file }, `line map left out: ${reason}`);
    return new Reporter({
      folder: new DataFolder(folder, pathMapping, warn),
      publisher,
      origin: { repository, ...origin, container, version },
      interval: flushInterval,
      onWorkDone: releaseMemorySoon,
      log,
    });
  });
}

function stopSignal(): AbortSignal {
  const controller = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => controller.abort());
  return controller.signal;
}
