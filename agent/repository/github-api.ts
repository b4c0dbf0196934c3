/** GitHub's REST API, as far as the number of a repository: GET /repos/{owner}/{repo}. */

import { PycaError } from '../../diagnostics/errors.ts';
import { parseRetryAfter } from '../sink/http-fault.ts';
import { repositoryPlace } from './repository-url.ts';

const TIMEOUT = 3_000;
const MOST_REDIRECTS = 3;

export type GitHubApi = {
  url: URL;
  /** The user's token goes to no host but those that it is for. */
  trusted: boolean;
};

/**
 * | `PYCA_GITHUB_API_URL` | the repository's host | is asked                | with the token |
 * | --------------------- | --------------------- | ----------------------- | -------------- |
 * | set                   | any                   | that                    | yes            |
 * |                       | `github.com`          | `api.github.com`        | yes            |
 * |                       | `X.ghe.com`           | `api.X.ghe.com`         | yes            |
 * |                       | has `github` in its name | `HOST/api/v3`        | no             |
 * |                       | another               | nobody                  |                |
 */
export function gitHubApi(repo: string, apiUrl: string | undefined): GitHubApi | null {
  const place = repositoryPlace(repo);
  const [owner, name, ...more] = place?.path.split('/') ?? [];
  if (!place || !owner || !name || more.length > 0) return null;
  const host = place.host.replace(/^(www|ssh)\.(?=github\.com$)/, '');
  const base =
    apiUrl ??
    (host === 'github.com' || host.endsWith('.ghe.com')
      ? `https://api.${host}`
      : /github/.test(host) && `https://${host}/api/v3`);
  if (!base) return null;
  const url = new URL(`${base.replace(/\/+$/, '')}/repos/${encodeURIComponent(owner)}/${encodeURIComponent(name)}`);
  return { url, trusted: apiUrl !== undefined || url.hostname.startsWith('api.') };
}

/** Throws REPO_ID_UNKNOWN, whose `cause.passing` says that it may be otherwise in a minute. */
export async function askGitHub({ url, trusted }: GitHubApi, token: string | undefined): Promise<string> {
  // What fetch says of such a header quotes it.
  if (token && !/^[\x21-\x7e]+\s*$/.test(token)) throw unknown(url, 'the token has blanks or line ends in it');
  const signal = AbortSignal.timeout(TIMEOUT);
  let response = await request(url, trusted ? token : undefined, signal);
  // A token that has run out is refused for public repositories too.
  if (response.status === 401 && trusted && token) response = await request(url, undefined, signal);
  if (!response.ok) throw await refusal(response, url, trusted && !!token);
  const { id } = (await response.json().catch(() => ({}))) as { id?: unknown };
  if (typeof id !== 'number' && typeof id !== 'string') throw unknown(url, 'its answer is not GitHub’s');
  return String(id);
}

async function request(from: URL, token: string | undefined, signal: AbortSignal): Promise<Response> {
  const headers = {
    accept: 'application/vnd.github+json',
    'user-agent': 'pyca',
    'x-github-api-version': '2022-11-28',
    ...(token && { authorization: `Bearer ${token}` }),
  };
  let url = from;
  for (let redirects = 0; ; redirects++) {
    const response = await fetch(url, { headers, redirect: 'manual', signal }).catch((error: Error) => {
      const { message } = (error.cause as Error | undefined) ?? error;
      throw unknown(from, error.name === 'TimeoutError' ? 'no answer in time' : message, { passing: true });
    });
    // A renamed repository is a redirect to its number.
    const location = response.headers.get('location');
    if (response.status < 300 || response.status >= 400 || !location || redirects === MOST_REDIRECTS) return response;
    const to = new URL(location, url);
    if (to.origin !== url.origin) return response;
    await response.body?.cancel();
    url = to;
  }
}

async function refusal({ status, headers, body }: Response, url: URL, withToken: boolean): Promise<PycaError> {
  await body?.cancel();
  const limited =
    status === 429 || (status === 403 && (headers.get('x-ratelimit-remaining') === '0' || headers.has('retry-after')));
  if (limited) {
    const reset = Number(headers.get('x-ratelimit-reset')) - Date.now() / 1000;
    const retryAfter = parseRetryAfter(headers.get('retry-after')) ?? (reset > 0 ? reset : undefined);
    return unknown(url, `${status}, too many requests${withToken ? '' : ' without a token'}`, {
      passing: true,
      retryAfter,
    });
  }
  const reason = status === 404 && !withToken ? '404: it is private, or not there' : String(status);
  return unknown(url, reason, { passing: status >= 500 });
}

function unknown(
  url: URL,
  reason: string,
  { passing = false, retryAfter }: { passing?: boolean; retryAfter?: number | undefined } = {},
) {
  return new PycaError('REPO_ID_UNKNOWN', `${url.host}${url.pathname}: ${reason}`, { cause: { passing }, retryAfter });
}
