/** Reports to an HTTP ingest: the JSON of each by POST, what else is known of it in headers. */

import { readFileSync } from 'node:fs';
import { PycaError } from '../../diagnostics/errors.ts';
import { unescaped } from './broker-address.ts';
import { httpFault, networkFault } from './http-fault.ts';
import type { ReportMessage } from './report-message.ts';
import type { Sink } from './sink.ts';

const TIMEOUT = 30_000;
const MOST_REDIRECTS = 3;

export type HttpSinkOptions = {
  url: URL;
  token?: string | undefined;
  /** Read for each report, so a rotated token is found; comes before `token`. */
  tokenFile?: string | undefined;
  name: string;
};

export class HttpSink implements Sink {
  #url: URL;
  #options: HttpSinkOptions;

  constructor(options: HttpSinkOptions) {
    this.#options = options;
    // fetch refuses an address with a user in it: that goes into a header.
    this.#url = new URL(options.url);
    this.#url.username = this.#url.password = '';
  }

  /** A query may hold a key. */
  get address(): string {
    return `${this.#url.origin}${this.#url.pathname}`;
  }

  async publish({ body, contentType, messageId, headers }: ReportMessage): Promise<void> {
    const known = { ...headers, 'pyca-message-id': messageId };
    await this.#request('POST', TIMEOUT, { 'content-type': contentType, ...asHeaders(known) }, body);
  }

  /** An ingest takes nothing but POST, so that it says so is as good as yes. */
  async check(timeout = TIMEOUT): Promise<void> {
    await this.#request('HEAD', timeout, {}).catch((error) => {
      if (error.code !== 'SINK_REFUSED' || ![404, 405, 501].includes(error.cause?.status)) throw error;
    });
  }

  async #request(method: string, timeout: number, headers: Record<string, string>, body?: Buffer): Promise<void> {
    const all = { ...headers, 'user-agent': printable(this.#options.name), ...this.#authorization() };
    const signal = AbortSignal.timeout(timeout);
    let url = this.#url;
    for (let redirects = 0; ; redirects++) {
      const response = await this.#fetch(url, { method, headers: all, redirect: 'manual', signal, body: body ?? null });
      // Whatever it says is none of the log's business.
      await response.body?.cancel().catch(() => {});
      if (response.ok) return;
      const next = redirects < MOST_REDIRECTS ? sameServer(response, url) : undefined;
      if (!next) throw httpFault(response, this.address, 'authorization' in all);
      url = next;
    }
  }

  async #fetch(url: URL, init: RequestInit): Promise<Response> {
    try {
      return await fetch(url, init);
    } catch (error) {
      throw networkFault(error, this.address);
    }
  }

  #authorization(): { authorization?: string } {
    const { url, token, tokenFile } = this.#options;
    const bearer = tokenFile ? readToken(tokenFile) : token;
    if (bearer) {
      if (/^[\x21-\x7e]+$/.test(bearer)) return { authorization: `Bearer ${bearer}` };
      throw new PycaError(
        'CONFIG_INVALID',
        `${tokenFile ?? 'PYCA_SINK_TOKEN'}: a token has no blanks or line ends in it`,
      );
    }
    if (!url.username && !url.password) return {};
    const user = [url.username, url.password].map(unescaped).join(':');
    return { authorization: `Basic ${Buffer.from(user).toString('base64')}` };
  }
}

function readToken(file: string): string {
  let token: string;
  try {
    token = readFileSync(file, 'utf8').trim();
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'is not there' : 'is not readable';
    throw new PycaError('SINK_UNCONFIGURED', `${file} ${reason}: the sink's token is not known yet`);
  }
  if (!token) throw new PycaError('SINK_UNCONFIGURED', `${file} is empty`);
  return token;
}

/** Where the same server wants the same request: a token, and coverage, go to no other. */
function sameServer({ status, headers }: Response, from: URL): URL | undefined {
  const location = headers.get('location');
  if ((status !== 307 && status !== 308) || !location || !URL.canParse(location, from.href)) return undefined;
  const to = new URL(location, from);
  return to.origin === from.origin ? to : undefined;
}

/** `pyca-pod` is `Pyca-Pod`. */
function asHeaders(headers: Record<string, string>): Record<string, string> {
  const named = Object.entries(headers).map(([name, value]) => [
    name.replace(/(^|-)[a-z]/g, (c) => c.toUpperCase()),
    printable(value),
  ]);
  return Object.fromEntries(named);
}

/** A header carries nothing but ASCII; the rest is percent-encoded. */
function printable(text: string): string {
  return text.toWellFormed().replace(/[^\x20-\x7e]+/g, encodeURIComponent);
}
