/** Who may start and stop sessions: who has the token. */

import { createHash, timingSafeEqual } from 'node:crypto';
import { readFileSync } from 'node:fs';

/** `token` comes before `file`, which is read at each request: the Secret behind it may come late, or rotate. */
export type TokenSource = { token?: string | undefined; tokenFile?: string | undefined };

/**
 * | configured     | header            | answer      |
 * | -------------- | ----------------- | ----------- |
 * | any            | the local token   | `allowed`   |
 * | yes            | that token        | `allowed`   |
 * | yes            | anything else     | `wrong`     |
 * | no             | anything else     | `none`      |
 *
 * The local one is the agent's own, which it tells to nobody but its own user.
 */
export class SessionToken {
  readonly local: string;
  #source: TokenSource;

  constructor(source: TokenSource, local: string) {
    this.#source = source;
    this.local = local;
  }

  judge(authorization: string): 'allowed' | 'wrong' | 'none' {
    const [, given] = /^Bearer +(\S+)$/i.exec(authorization) ?? [];
    const configured = readToken(this.#source);
    if (given !== undefined && (equal(given, this.local) || (configured && equal(given, configured)))) return 'allowed';
    return configured ? 'wrong' : 'none';
  }
}

/** Undefined where there is none (yet). */
export function readToken({ token, tokenFile }: TokenSource): string | undefined {
  if (token || !tokenFile) return token?.trim() || undefined;
  try {
    return readFileSync(tokenFile, 'utf8').trim() || undefined;
  } catch {
    return undefined;
  }
}

/** Takes as long whatever they have in common. */
function equal(a: string, b: string): boolean {
  const [x, y] = [a, b].map((text) => createHash('sha256').update(text).digest()) as [Buffer, Buffer];
  return timingSafeEqual(x, y);
}
