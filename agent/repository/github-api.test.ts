import { expect, test } from 'vitest';
import { httpServer } from '../../test/fixtures/http-server.ts';
import { temporaryFolder } from '../../test/fixtures/temporary-folder.ts';
import { askGitHub, gitHubApi } from './github-api.ts';
import { RepositoryId } from './repository-id.ts';

test.each<[string, string | undefined, string | null, boolean?]>([
  ['https://github.com/acme/shop.git', undefined, 'https://api.github.com/repos/acme/shop', true],
  ['ssh://git@ssh.github.com:443/acme/shop.git', undefined, 'https://api.github.com/repos/acme/shop', true],
  ['git@acme.ghe.com:acme/shop.git', undefined, 'https://api.acme.ghe.com/repos/acme/shop', true],
  ['git@github.example.org:acme/shop.git', undefined, 'https://github.example.org/api/v3/repos/acme/shop', false],
  [
    'git@git.example.org:acme/shop.git',
    'https://git.example.org/api/v3',
    'https://git.example.org/api/v3/repos/acme/shop',
    true,
  ],
  ['https://gitlab.com/acme/shop.git', undefined, null],
  ['https://github.com/acme', undefined, null],
  ['https://github.com/acme/shop/tree/main', undefined, null],
  ['https://github.com/acme/a b?c', undefined, 'https://api.github.com/repos/acme/a%20b%3Fc', true],
  ['/srv/git/shop', 'https://api.github.com', null],
  ['', undefined, null],
])('for %j and %j is asked %j', (repo, apiUrl, url, trusted) => {
  const api = gitHubApi(repo, apiUrl);
  expect(api?.url.href ?? null).toBe(url);
  expect(api?.trusted).toBe(trusted);
});

test('the token goes to no host that it is not for', async () => {
  const host = await httpServer((response) => response.writeHead(404).end());
  const url = new URL(`${host.url}/repos/acme/shop`);
  await expect(askGitHub({ url, trusted: false }, 'gh-secret')).rejects.toMatchObject({ code: 'REPO_ID_UNKNOWN' });
  const elsewhere = await httpServer((response) => response.writeHead(302, { location: url.href }).end());
  const api = { url: new URL(`${elsewhere.url}/repos/acme/shop`), trusted: true };
  await expect(askGitHub(api, 'gh-secret')).rejects.toMatchObject({ message: expect.stringContaining('302') });
  expect(host.received).toHaveLength(1);
  expect(host.received[0]?.headers.authorization).toBeUndefined();
});

test('a token that no header can carry is told of, not quoted', async () => {
  const url = new URL('http://127.0.0.1:1/repos/acme/shop');
  await expect(askGitHub({ url, trusted: true }, 'gh-\nsecret')).rejects.toMatchObject({
    code: 'REPO_ID_UNKNOWN',
    message: '127.0.0.1:1/repos/acme/shop: the token has blanks or line ends in it',
  });
});

test('a limit is waited for, then it is asked again', async () => {
  let limited = true;
  const github = await httpServer((response) =>
    limited
      ? response
          .writeHead(403, { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(Date.now() / 1000 + 900) })
          .end()
      : response.writeHead(200).end('{"id":3}'),
  );
  let now = Date.now();
  const found: string[] = [];
  const id = new RepositoryId({
    repo: 'https://github.com/acme/shop',
    github: { token: undefined, apiUrl: github.url },
    env: { HOME: temporaryFolder() },
    onFound: (number) => found.push(number),
    now: () => now,
  });
  await Promise.all([id.look(), id.look()]);
  limited = false;
  now += 800_000;
  await id.look();
  expect(github.received).toHaveLength(1);
  now += 200_000;
  await id.look();
  await id.look();
  expect([github.received.length, found, id.fault]).toEqual([2, ['3'], null]);
});

test('a server that is gone is told so', async () => {
  const { url } = await httpServer((response) => response.socket?.destroy());
  const api = { url: new URL(`${url}/repos/acme/shop`), trusted: true };
  await expect(askGitHub(api, undefined)).rejects.toMatchObject({ code: 'REPO_ID_UNKNOWN', cause: { passing: true } });
});
