/** `pyca agent`: the sidecar. Nothing that goes wrong in here may end it: the pod would not be ready any more. */

import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { createLogger, type Logger } from '../diagnostics/logger.ts';
import { version } from '../diagnostics/version.ts';
import { DataFolder } from './collection/data-folder.ts';
import { releaseMemorySoon } from './collection/memory.ts';
import { Reporter } from './collection/reporter.ts';
import { findPreload } from './preload.ts';
import { PreloadInstallation } from './preload-installation.ts';
import { NO_CI } from './repository/ci-facts.ts';
import { SessionService } from './session/session-service.ts';
import { type AgentConfig, readAgentConfig } from './settings/config.ts';
import type { ReportOrigin } from './sink/report-message.ts';
import type { Sink } from './sink/sink.ts';
import { createSink } from './sink/sink-factory.ts';
import { FaultRecord } from './status/fault.ts';
import { openStatusPort } from './status/status-port.ts';

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

  const sink = createSink(config.sink, `pyca-agent ${config.origin.namespace}/${config.origin.pod}`);
  const origin = { repository: { ...config.repository, ci: NO_CI }, ...config.origin, version };
  const reporters = createReporters(config, sink, origin, log);
  const { data, containers, pathMapping, sessions: token } = config;
  const sessions = token.enabled
    ? new SessionService({ data, containers, pathMapping, token, sink, origin, log })
    : undefined;
  log.info(
    { version, enabled: config.enabled, containers: reporters.map(({ container }) => container) },
    'agent started',
  );
  const installation = new PreloadInstallation(findPreload(), config.preload, preload);
  const faults = [settings, preload, port, ...(sessions?.faults ?? [])];
  const source = { version, ready: () => installation.ready, reporters, faults, sessions: sessions?.endpoints };
  openStatusPort(config.statusPort, source, port, (number) => {
    log.debug({ port: number }, 'status port open');
    sessions?.announce(number);
  });
  void installation.run(stop);

  const parts = config.enabled ? [...reporters, ...(sessions ? [sessions] : [])] : [];
  const running = [once(stop, 'abort'), ...parts.map((part) => part.run(stop))];
  const deadline = once(stop, 'abort').then(() => sleep(LAST_FLUSH));
  await Promise.race([Promise.all(running), deadline]);
  log.info('agent ended');
  process.exit(0);
}

function createReporters(
  config: AgentConfig,
  sink: Sink,
  origin: Omit<ReportOrigin, 'container'>,
  log: Logger,
): Reporter[] {
  const { flushInterval, pathMapping } = config;
  return config.containers.map(({ name: container, folder }) => {
    const warn = (file: string, reason: string) => log.warn({ container, file }, `line map left out: ${reason}`);
    return new Reporter({
      folder: new DataFolder(folder, pathMapping, warn),
      sink,
      origin: { ...origin, container },
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
