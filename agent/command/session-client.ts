/** The agent that `pyca session` talks to, over HTTP; where none runs any more, what the last one kept. */

import { z } from 'zod';
import type { Coverage } from '../../coverage/file-lines.ts';
import { parseRaw } from '../../coverage/raw-text.ts';
import { describeError, type ErrorCode, PycaError } from '../../diagnostics/errors.ts';
import { type SessionSummary, Sessions } from '../session/sessions.ts';
import { readAgentFile } from '../status/agent-file.ts';

const TIMEOUT = 10_000;

export interface SessionClient {
  list(): Promise<SessionSummary[]>;
  show(name: string): Promise<SessionSummary>;
  coverage(name: string, container?: string): Promise<Coverage>;
  start(name: string): Promise<SessionSummary>;
  stop(name: string): Promise<SessionSummary>;
}

/**
 * | `--url` | an agent of the data folder | records in it | talks to                            |
 * | ------- | --------------------------- | ------------- | ----------------------------------- |
 * | given   | any                         | any           | that address, with the user's token |
 * | not     | runs                        | any           | it, with its own token              |
 * | not     | does not                    | some          | the records, which cannot be changed |
 * | not     | does not                    | none          | AGENT_NOT_FOUND                     |
 */
export function findAgent({
  url,
  token,
  data,
}: {
  url?: string | undefined;
  token?: string | undefined;
  data: string;
}) {
  if (url !== undefined) return new RemoteSessions(url, token);
  const agent = readAgentFile(data);
  if (agent) return new RemoteSessions(`http://127.0.0.1:${agent.port}`, agent.token);
  const records = new Sessions(data, []);
  if (records.list().length > 0) return new KeptSessions(records, data);
  throw notFound(data);
}

function notFound(data: string): PycaError {
  return new PycaError('AGENT_NOT_FOUND', `no agent with sessions runs for ${data}`);
}

const errorSchema = z.object({ code: z.string(), message: z.string() });
const CODES: readonly ErrorCode[] = [
  'SESSION_NAME',
  'SESSION_OPEN',
  'SESSION_UNKNOWN',
  'SESSION_TOKEN_UNSET',
  'SESSION_TOKEN_WRONG',
  'SESSIONS_OFF',
  'DATA_UNREADABLE',
];

class RemoteSessions implements SessionClient {
  #url: string;
  #token: string | undefined;

  constructor(url: string, token: string | undefined) {
    this.#url = url.replace(/\/+$/, '');
    this.#token = token;
  }

  list = () => this.#json<SessionSummary[]>('GET', '');
  show = (name: string) => this.#json<SessionSummary>('GET', name);
  start = (name: string) => this.#json<SessionSummary>('POST', name);
  stop = (name: string) => this.#json<SessionSummary>('DELETE', name);

  async coverage(name: string, container?: string): Promise<Coverage> {
    const query = container === undefined ? '' : `?container=${encodeURIComponent(container)}`;
    const response = await this.#ask('GET', name, `/coverage${query}`);
    return parseRaw(await response.text());
  }

  async #json<T>(method: string, name: string): Promise<T> {
    return (await (await this.#ask(method, name)).json()) as T;
  }

  async #ask(method: string, name: string, part = ''): Promise<Response> {
    const address = `${this.#url}/sessions${name && `/${encodeURIComponent(name)}`}${part}`;
    let response: Response;
    try {
      const headers = this.#token ? { Authorization: `Bearer ${this.#token}` } : {};
      response = await fetch(address, { method, headers, signal: AbortSignal.timeout(TIMEOUT) });
    } catch (error) {
      const { cause } = error as Error;
      throw new PycaError(
        'AGENT_NOT_FOUND',
        `nothing answers at ${this.#url}: ${describeError(cause ?? error).message}`,
      );
    }
    if (response.ok) return response;
    const told = errorSchema.safeParse(await response.json().catch(() => undefined));
    const code = CODES.find((known) => known === told.data?.code);
    if (code && told.data) throw new PycaError(code, told.data.message);
    throw new PycaError('AGENT_NOT_FOUND', `${this.#url} answers ${response.status}: is it the agent's status port?`);
  }
}

/** Only to be read. */
class KeptSessions implements SessionClient {
  #sessions: Sessions;
  #data: string;

  constructor(sessions: Sessions, data: string) {
    this.#sessions = sessions;
    this.#data = data;
  }

  list = async () => this.#sessions.list();
  show = async (name: string) => this.#sessions.show(name);
  coverage = async (name: string, container?: string) => this.#sessions.coverage(name, container);
  start = async () => this.#refuse();
  stop = async () => this.#refuse();

  #refuse(): never {
    throw notFound(this.#data);
  }
}
