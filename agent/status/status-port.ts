/** Listens on the status port; where another process has it, until that one lets it go. */

import { PycaError } from '../../diagnostics/errors.ts';
import type { FaultRecord } from './fault.ts';
import { createResponder } from './http-responder.ts';
import { respond, type StatusSource } from './status.ts';

const RETRY = 1_000;

/**
 * Reports are published with or without it. `onListening` hears of the port, which is any free one for 0. Without a `host`
 * it listens on all addresses.
 */
export function openStatusPort(
  port: number,
  source: StatusSource,
  fault: FaultRecord,
  onListening: (port: number) => void = () => {},
  host?: string,
): void {
  const server = createResponder((request) => respond(source, request));
  const listen = () => server.listen({ port, host });
  server.on('error', (error: NodeJS.ErrnoException) => {
    const taken = error.code === 'EADDRINUSE';
    fault.note(taken ? new PycaError('STATUS_PORT_TAKEN', `another process listens on port ${port}`) : error);
    if (!server.listening) setTimeout(listen, RETRY).unref();
  });
  server.on('listening', () => {
    fault.clear();
    onListening((server.address() as { port: number }).port);
  });
  listen();
}
