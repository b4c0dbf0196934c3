/** The admission server: HTTPS, one JSON document in, one out. Whatever happens inside, the pod may start. */

import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { Logger } from '../../diagnostics/logger.ts';
import type { Metrics } from '../metrics.ts';
import { type AdmissionRequest, parseReview, printReview, UNCHANGED, type Verdict } from './admission-review.ts';
import type { KeyPair } from './certificate.ts';

export interface WebhookServerOptions {
  /** By path, without the query. */
  routes: Readonly<Record<string, (request: AdmissionRequest) => Verdict>>;
  metrics: Metrics;
  log: Logger;
}

/** etcd takes 1.5 MiB an object; a review carries it twice. */
const BODY_LIMIT = 4 * 1024 * 1024;
/** Above the 90 s for which API servers keep an idle connection: they hang up first, and no review meets a closed one. */
const KEEP_ALIVE_MS = 120_000;
const LAST_ANSWERS_MS = 1_000;

export class WebhookServer {
  readonly #options: WebhookServerOptions;
  readonly #server: Server;
  #draining = false;

  constructor(options: WebhookServerOptions) {
    this.#options = options;
    this.#server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS, requestTimeout: 10_000 }, (request, response) =>
      this.#answer(request, response),
    );
  }

  /** From the next handshake on; connections that are open stay. */
  serve({ certificate, key }: KeyPair): void {
    this.#server.setSecureContext({ cert: certificate, key });
  }

  async listen(port: number): Promise<number> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(port, resolve);
    });
    const address = this.#server.address();
    return typeof address === 'object' && address ? address.port : port;
  }

  /** From now on each answer asks the API server to hang up and come back, to another replica. */
  drain(): void {
    this.#draining = true;
  }

  /** Reviews that are under way are answered; a connection on which nothing was ever asked is not waited for. */
  async close(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
      this.#server.closeIdleConnections();
      setTimeout(() => this.#server.closeAllConnections(), LAST_ANSWERS_MS).unref();
    });
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const path = request.url?.split('?')[0] ?? '';
    const route = Object.hasOwn(this.#options.routes, path) ? this.#options.routes[path] : undefined;
    if (!route) {
      this.#end(response, 404, 'no such webhook');
    } else if (request.method !== 'POST') {
      this.#end(response, 405, 'POST an AdmissionReview');
    } else {
      readBody(request).then(
        (body) => (body === undefined ? this.#refuseBody(response) : this.#review(path, route, body, response)),
        () => response.destroy(),
      );
    }
  }

  #review(path: string, route: (request: AdmissionRequest) => Verdict, body: string, response: ServerResponse): void {
    const began = performance.now();
    const { metrics, log } = this.#options;
    const review = parseReview(body);
    if ('fault' in review) {
      this.#end(response, 400, review.fault);
      return;
    }
    let verdict = UNCHANGED;
    try {
      verdict = route(review.request);
    } catch (err) {
      metrics.admissionErrors.add({ webhook: path });
      log.error(
        { err, webhook: path, namespace: review.request.namespace },
        'a review failed; the object goes on as it was',
      );
    }
    this.#end(response, 200, printReview(review.request.uid, verdict), 'application/json');
    metrics.admissionSeconds.observe({ webhook: path }, (performance.now() - began) / 1_000);
  }

  #refuseBody(response: ServerResponse): void {
    response.shouldKeepAlive = false;
    this.#end(response, 413, `the body is larger than ${BODY_LIMIT} bytes`);
  }

  #end(response: ServerResponse, status: number, body: string, type = 'text/plain'): void {
    if (this.#draining) response.shouldKeepAlive = false;
    response.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(body) });
    response.end(body);
  }
}

/** The body, or undefined as soon as it is too large. */
function readBody(request: IncomingMessage): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    let chunks: Buffer[] = [];
    let length = 0;
    request.on('data', (chunk: Buffer) => {
      length += chunk.length;
      if (length <= BODY_LIMIT) {
        chunks.push(chunk);
      } else {
        chunks = [];
        resolve(undefined);
      }
    });
    request.on('end', () => resolve(Buffer.concat(chunks).toString('utf8')));
    request.on('error', reject);
  });
}
