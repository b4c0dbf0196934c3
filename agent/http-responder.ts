/**
 * As much of HTTP/1.1 as a status port needs: GET and HEAD without a body, one request a connection.
 * Node's own server would take more memory than all the rest of the agent's own code.
 */

import { createServer, type Server, type Socket } from 'node:net';

export type Reply = { status: 200 | 400 | 404 | 405 | 431 | 500 | 503; type?: string; body: string };

const REASONS: Record<Reply['status'], string> = {
  200: 'OK',
  400: 'Bad Request',
  404: 'Not Found',
  405: 'Method Not Allowed',
  431: 'Request Header Fields Too Large',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
};
const MAX_HEAD = 16 * 1024;
const TIMEOUT = 5_000;
const MAX_CONNECTIONS = 64;

/** `respond` gets the request's path and query. */
export function createResponder(respond: (path: string, query: URLSearchParams) => Reply): Server {
  const server = createServer((socket) => {
    let head = '';
    socket.setTimeout(TIMEOUT, () => socket.destroy());
    socket.on('error', () => socket.destroy());
    socket.setEncoding('latin1');
    const onData = (chunk: string) => {
      head += chunk;
      const whole = head.includes('\r\n\r\n');
      if (!whole && head.length <= MAX_HEAD) return;
      socket.off('data', onData).resume();
      answer(socket, head, whole ? reply(head, respond) : { status: 431, body: '' });
    };
    socket.on('data', onData);
  });
  server.maxConnections = MAX_CONNECTIONS;
  return server;
}

function reply(head: string, respond: (path: string, query: URLSearchParams) => Reply): Reply {
  const [, method, target] = /^([A-Z]+) (\/\S*) HTTP\/1\.[01]\r\n/.exec(head) ?? [];
  if (!method || !target) return { status: 400, body: '' };
  if (method !== 'GET' && method !== 'HEAD') return { status: 405, body: '' };
  const [path = '', query = ''] = target.split('?', 2);
  try {
    return respond(path, new URLSearchParams(query));
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
    ...(status === 405 ? ['Allow: GET, HEAD'] : []),
    'Cache-Control: no-store',
    'Connection: close',
  ];
  socket.write(`${fields.join('\r\n')}\r\n\r\n`);
  socket.end(head.startsWith('HEAD ') ? '' : bytes);
}
