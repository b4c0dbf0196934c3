/**
 * Sessions over HTTP, for test runners. Each request bears the token: `Authorization: Bearer TOKEN`.
 *
 * | request                        | does                              | answer                        |
 * | ------------------------------ | --------------------------------- | ----------------------------- |
 * | `POST /sessions/NAME`          | starts it                         | 201, its summary              |
 * | `DELETE /sessions/NAME`        | stops it, and has it published    | 200, its summary              |
 * | `GET /sessions`                |                                   | 200, the summaries of all     |
 * | `GET /sessions/NAME`           |                                   | 200, its summary              |
 * | `GET /sessions/NAME/coverage`  |                                   | 200, raw text; `?container=`  |
 *
 * 400 bad name, 401 wrong token, 403 no token is configured, 404 no such session, 409 another one is open.
 */

import { printRaw } from '../../coverage/raw-text.ts';
import { describeError, type ErrorCode, PycaError } from '../../diagnostics/errors.ts';
import { jsonReply, type Reply, type Request } from '../status/http-responder.ts';
import type { SessionToken } from './session-token.ts';
import type { Sessions } from './sessions.ts';

const STATUSES: Partial<Record<ErrorCode, Reply['status']>> = {
  SESSION_NAME: 400,
  SESSION_UNKNOWN: 404,
  SESSION_OPEN: 409,
};

export class SessionEndpoints {
  #sessions: Sessions;
  #token: SessionToken;
  #onStopped: () => void;

  constructor(sessions: Sessions, token: SessionToken, onStopped: () => void = () => {}) {
    this.#sessions = sessions;
    this.#token = token;
    this.#onStopped = onStopped;
  }

  respond(request: Request): Reply {
    switch (this.#token.judge(request.authorization)) {
      case 'none':
        return errorReply(403, new PycaError('SESSION_TOKEN_UNSET', 'the agent has no session token'));
      case 'wrong':
        return errorReply(401, new PycaError('SESSION_TOKEN_WRONG', 'that is not the session token'));
    }
    try {
      return this.#answer(request);
    } catch (error) {
      return errorReply((error instanceof PycaError && STATUSES[error.code]) || 500, error);
    }
  }

  #answer({ method, path, query }: Request): Reply {
    const [, , name, part, ...rest] = path.split('/').map(decode);
    if (rest.length > 0 || (part !== undefined && part !== 'coverage')) return { status: 404, body: '' };
    if (!name) return method === 'GET' ? jsonReply(200, this.#sessions.list()) : { status: 405, body: '' };
    if (part) {
      if (method !== 'GET') return { status: 405, body: '' };
      return { status: 200, body: printRaw(this.#sessions.coverage(name, query.get('container') ?? undefined)) };
    }
    if (method === 'POST') return jsonReply(201, this.#sessions.start(name));
    if (method === 'GET') return jsonReply(200, this.#sessions.show(name));
    const summary = this.#sessions.stop(name);
    this.#onStopped();
    return jsonReply(200, summary);
  }
}

function errorReply(status: Reply['status'], error: unknown): Reply {
  return jsonReply(status, describeError(error));
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
