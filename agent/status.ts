/** What the status port tells: the kubelet (/ready), the operator (/status, /coverage) and Prometheus (/metrics). */

import { printRaw } from '../coverage/raw-text.ts';
import type { FaultRecord } from './fault.ts';
import type { Reply } from './http-responder.ts';
import { type AgentState, printMetrics } from './metrics.ts';
import type { Reporter } from './reporter.ts';

export type StatusSource = {
  version: string;
  ready: () => boolean;
  /** One for each container, in order. */
  reporters: readonly Reporter[];
  /** What concerns all containers; a container's own fault comes before these. */
  faults: readonly FaultRecord[];
};

export function respond(source: StatusSource, path: string, query: URLSearchParams): Reply {
  switch (path) {
    case '/ready':
      return source.ready()
        ? { status: 200, body: 'ready\n' }
        : { status: 503, body: 'the preload is not installed yet\n' };
    case '/status':
      return { status: 200, type: 'application/json', body: `${JSON.stringify(status(source))}\n` };
    case '/coverage':
      return coverage(source, query.get('container'));
    case '/metrics':
      return { status: 200, type: 'text/plain; version=0.0.4; charset=utf-8', body: printMetrics(status(source)) };
    default:
      return { status: 404, body: '/ready /status /coverage?container=NAME /metrics\n' };
  }
}

function status({ version, ready, reporters, faults }: StatusSource): AgentState {
  const common = faults.find(({ current }) => current)?.current ?? null;
  const containers = reporters.map(({ container, state }) => ({
    name: container,
    ...state,
    lastError: state.lastError ?? common,
  }));
  return { version, ready: ready(), containers };
}

/** The raw text as it would be published now; without a name that of the first container. */
function coverage({ reporters }: StatusSource, name: string | null): Reply {
  const reporter = name === null ? reporters[0] : reporters.find(({ container }) => container === name);
  if (!reporter) return { status: 404, body: 'no such container\n' };
  return { status: 200, body: printRaw(reporter.coverage()) };
}
