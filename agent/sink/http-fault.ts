/**
 * What an HTTP server says, as an error of the catalogue. Its body is never quoted.
 *
 * | said                                | means            |
 * | ----------------------------------- | ---------------- |
 * | a certificate's or TLS's error      | SINK_TLS         |
 * | no route, refused, reset, timed out | SINK_UNREACHABLE |
 * | 429, 503                            | SINK_BUSY        |
 * | 408, another 5xx                    | SINK_UNREACHABLE |
 * | anything else but 2xx               | SINK_REFUSED     |
 */

import { describeError, PycaError } from '../../diagnostics/errors.ts';
import { TLS_CODES } from './broker-errors.ts';

/** `cause.status` tells which. */
export function httpFault({ status, headers }: Response, address: string, withToken: boolean): PycaError {
  const fault = (code: PycaError['code'], reason = '') =>
    new PycaError(code, `${address} answers ${status}${reason && `: ${reason}`}`, {
      cause: { status },
      retryAfter: parseRetryAfter(headers.get('retry-after')),
    });
  if (status === 429 || status === 503) return fault('SINK_BUSY');
  if (status === 408 || status >= 500) return fault('SINK_UNREACHABLE');
  if (status === 401 || status === 403)
    return fault('SINK_REFUSED', `the token is ${withToken ? 'refused' : 'missing'}`);
  if (status === 413) return fault('SINK_REFUSED', 'the report is too large for it');
  if (status >= 300 && status < 400)
    return fault('SINK_REFUSED', `it redirects to ${place(headers.get('location'), address)}`);
  return fault('SINK_REFUSED');
}

/** Of what `fetch` throws. */
export function networkFault(error: unknown, address: string): PycaError {
  const { name, cause = error } = error as Error;
  if (name === 'TimeoutError') return new PycaError('SINK_UNREACHABLE', `${address}: no answer in time`);
  const { code, message } = describeError(cause instanceof AggregateError ? cause.errors[0] : cause);
  return new PycaError(TLS_CODES.test(code) ? 'SINK_TLS' : 'SINK_UNREACHABLE', `${address}: ${message || code}`);
}

/** Seconds, or a date. */
export function parseRetryAfter(text: string | null, now: number = Date.now()): number | undefined {
  if (!text) return undefined;
  const seconds = /^\s*\d+\s*$/.test(text) ? Number(text) : (Date.parse(text) - now) / 1000;
  return Number.isFinite(seconds) ? Math.max(0, seconds) : undefined;
}

function place(location: string | null, address: string): string {
  if (!location || !URL.canParse(location, address)) return 'nowhere';
  const { origin, pathname } = new URL(location, address);
  return `${origin}${pathname}`;
}
