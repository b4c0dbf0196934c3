/** /healthz, /readyz and /metrics, on a port of their own. */

import { createServer, type Server } from 'node:http';

export interface HealthServerOptions {
  isReady: () => boolean;
  metrics: () => string;
}

export async function startHealthServer(port: number, { isReady, metrics }: HealthServerOptions): Promise<Server> {
  const server = createServer((request, response) => {
    const answer = (status: number, body: string, type = 'text/plain; charset=utf-8') => {
      response.writeHead(status, { 'content-type': type }).end(body);
    };
    switch (request.url?.split('?')[0]) {
      case '/healthz':
        return answer(200, 'ok\n');
      case '/readyz':
        return isReady() ? answer(200, 'ok\n') : answer(503, 'not ready\n');
      case '/metrics':
        return answer(200, metrics(), 'text/plain; version=0.0.4; charset=utf-8');
      default:
        return answer(404, 'not found\n');
    }
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, resolve);
  });
  return server;
}
