/**
 * As much of HTTP/1.1 as a status port needs: requests whose body, if any, means nothing; one a connection.
 * Node's own server would take more memory than all the rest of the agent's own code.
 */

import { createServer, type Server, type Socket } from 'node:net';

/** HEAD is GET to whoever responds. `authorization` is that header, empty where there is none. */
export type Request = {
  method: 'GET' | 'POST' | 'DELETE';
  path: string;
  query: URLSearchParams;
  authorization: string;
};
export type Reply = { status: keyof typeof REASONS; type?: string; body: string };
export type Respond = (request: Request) => Reply;

const REASONS = {
  200: 'OK',
  201: 'Created',
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  409: 'Conflict',
  431: 'Request Header Fields Too Large',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
};
const MAX_HEAD = 16 * 1024;
const END_OF_HEAD = '\r\n\r\n';
/** In ms: of silence, and of the whole connection. Whoever sends a byte now and then would keep it for hours. */
const TIMEOUT = 5_000;
const DEADLINE = 30_000;
const MAX_CONNECTIONS = 64;

export function createResponder(respond: Respond, deadline = DEADLINE): Server {
  const server = createServer((socket) => {
    let head = '';
    const timer = setTimeout(() => socket.destroy(), deadline);
    socket.on('close', () => clearTimeout(timer));
    socket.setTimeout(TIMEOUT, () => socket.destroy());
    socket.on('error', () => socket.destroy());
    socket.setEncoding('latin1');
    const onData = (chunk: string) => {
      head += chunk;
      const end = head.indexOf(END_OF_HEAD);
      if (end < 0 && head.length <= MAX_HEAD) return;
      socket.off('data', onData).resume();
      answer(socket, head, end < 0 ? { status: 431, body: '' } : reply(head.slice(0, end), respond));
    };
    socket.on('data', onData);
  });
  server.maxConnections = MAX_CONNECTIONS;
  return server;
}

function reply(head: string, respond: Respond): Reply {
  const [line = '', ...fields] = head.split('\r\n');
  const [, verb, target] = /^([A-Z]+) (\/\S*) HTTP\/1\.[01]$/.exec(line) ?? [];
  if (!verb || !target) return { status: 400, body: '' };
  const method = verb === 'HEAD' ? 'GET' : verb;
  if (method !== 'GET' && method !== 'POST' && method !== 'DELETE') return { status: 405, body: '' };
  const [path = '', query = ''] = target.split('?', 2);
  const authorization = fields.find((field) => /^authorization:/i.test(field))?.slice('authorization:'.length) ?? '';
  try {
    return respond({ method, path, query: new URLSearchParams(query), authorization: authorization.trim() });
  } catch {
    return { status: 500, body: '' };
  }
}

function answer(socket: Socket, head: string, { status, type = 'text/plain; charset=utf-8', body }: Reply): void {
  const bytes = Buffer.from(body);
  const fields = [
    `HTTP/1.1 ${status} ${REASONS[status]}`,
    `Content-Type: ${type}`,
    `Content-Length: ${bytes.length}`,
    ...(status === 401 ? ['WWW-Authenticate: Bearer'] : []),
    'Cache-Control: no-store',
    'Connection: close',
  ];
  socket.write(`${fields.join('\r\n')}\r\n\r\n`);
  socket.end(head.startsWith('HEAD ') ? '' : bytes);
}

export function jsonReply(status: Reply['status'], value: unknown): Reply {
  return { status, type: 'application/json', body: `${JSON.stringify(value)}\n` };
}
