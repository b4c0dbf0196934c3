/** What the status port tells: the kubelet (/ready), the operator (/status, /coverage), Prometheus (/metrics), test runners (/sessions). */

import { printRaw } from '../../coverage/raw-text.ts';
import { PycaError } from '../../diagnostics/errors.ts';
import type { Reporter } from '../collection/reporter.ts';
import type { SessionEndpoints } from '../session/session-endpoints.ts';
import type { FaultRecord } from './fault.ts';
import { jsonReply, type Reply, type Request } from './http-responder.ts';
import { type AgentState, printMetrics } from './metrics.ts';

export type StatusSource = {
  version: string;
  ready: () => boolean;
  /** One for each container, in order. */
  reporters: readonly Reporter[];
  /** What concerns all containers; a container's own fault comes before these. */
  faults: readonly FaultRecord[];
  /** Where sessions are on. */
  sessions?: SessionEndpoints | undefined;
};

export function respond(source: StatusSource, request: Request): Reply {
  const { method, path, query } = request;
  if (path === '/sessions' || path.startsWith('/sessions/')) return sessions(source, request);
  if (method !== 'GET') return { status: 405, body: `${method} is for /sessions/NAME\n` };
  switch (path) {
    case '/ready':
      return source.ready()
        ? { status: 200, body: 'ready\n' }
        : { status: 503, body: 'the preload is not installed yet\n' };
    case '/status':
      return jsonReply(200, status(source));
    case '/coverage':
      return coverage(source, query.get('container'));
    case '/metrics':
      return { status: 200, type: 'text/plain; version=0.0.4; charset=utf-8', body: printMetrics(status(source)) };
    default:
      return { status: 404, body: '/ready /status /coverage?container=NAME /metrics /sessions\n' };
  }
}

function sessions(source: StatusSource, request: Request): Reply {
  if (source.sessions) return source.sessions.respond(request);
  const { code, message, remedy } = new PycaError('SESSIONS_OFF', 'sessions are off');
  return jsonReply(404, { code, message, remedy });
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
