import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { git, repository } from '../../test/fixtures/git.ts';
import { httpServer } from '../../test/fixtures/http-server.ts';
import { temporaryFolder } from '../../test/fixtures/temporary-folder.ts';
import { findRepository, type RepositorySettings } from './repository.ts';

const SHOP = 'https://me:hunter2@git.example.org/acme/shop.git';
const actions = {
  GITHUB_ACTIONS: 'true',
  GITHUB_REPOSITORY: 'acme/shop',
  GITHUB_REPOSITORY_ID: '7',
  GITHUB_RUN_ID: '11',
  GITHUB_JOB: 'test',
  GITHUB_REF_NAME: 'of-ci',
  GITHUB_SHA: 'c1c1c1',
};
const RUN = { provider: 'github-actions', pipeline_id: '11', job_id: 'test' };
const NONE = { provider: '', pipeline_id: '', job_id: '' };

type Given = Partial<RepositorySettings['repository'] & NonNullable<RepositorySettings['github']>>;

function settings({ token, apiUrl, ...facts }: Given = {}): RepositorySettings {
  return { repository: { repo: '', repo_id: '', branch: '', commit: '', ...facts }, github: { token, apiUrl } };
}

/** A home folder of its own, so that nothing is known from before. */
function environment(more: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv & { HOME: string } {
  return { PATH: process.env.PATH, HOME: temporaryFolder(), ...more };
}

test('git says what it knows; credentials stay on the machine', async () => {
  const root = repository(temporaryFolder(), SHOP);
  expect(await findRepository(settings(), root, environment())).toMatchObject({
    repo: 'https://git.example.org/acme/shop.git',
    repo_id: '',
    branch: 'main',
    commit: git(root, 'rev-parse', 'HEAD'),
    ci: NONE,
    root,
    fault: null,
  });
});

test('CI’s variables come before git, settings before both; each fact by itself', async () => {
  const root = repository(temporaryFolder(), 'git@github.com:acme/shop.git');
  git(root, 'checkout', '--quiet', '--detach');
  expect(await findRepository(settings(), root, environment(actions))).toMatchObject({
    repo: 'https://github.com/acme/shop',
    repo_id: '7',
    branch: 'of-ci',
    commit: 'c1c1c1',
    ci: RUN,
    root,
  });
  const given = { branch: 'mine', repo_id: '8' };
  expect(await findRepository(settings(given), root, environment(actions))).toMatchObject({
    repo: 'https://github.com/acme/shop',
    repo_id: '8',
    branch: 'mine',
    commit: 'c1c1c1',
  });
});

test('without git, CI’s variables are all there is', async () => {
  const facts = await findRepository(settings(), temporaryFolder(), environment({ ...actions, PATH: '/nonexistent' }));
  expect(facts).toMatchObject({ repo: 'https://github.com/acme/shop', commit: 'c1c1c1', ci: RUN, root: null });
});

test('what CI says is about its own repository: a submodule or another clone in the job has its own facts', async () => {
  const other = repository(temporaryFolder(), 'https://git.example.org/acme/library.git');
  const facts = { repo_id: '', branch: 'main', commit: git(other, 'rev-parse', 'HEAD'), ci: RUN };
  expect(await findRepository(settings(), other, environment(actions))).toMatchObject({
    ...facts,
    repo: 'https://git.example.org/acme/library.git',
  });
  const shop = repository(temporaryFolder(), 'https://github.com/acme/shop');
  git(shop, 'submodule', '--quiet', 'add', other, 'library');
  const submodule = await findRepository(settings(), join(shop, 'library'), environment(actions));
  expect(submodule).toMatchObject({ ...facts, repo: other, root: join(shop, 'library') });
});

const body = (id: number) =>
  JSON.stringify({ id, node_id: 'MDEwOlJlcG9zaXRvcnk=', full_name: 'acme/shop', private: false });
const JSON_TYPE = {
  'content-type': 'application/json; charset=utf-8',
  'x-github-media-type': 'github.v3; format=json',
};

test('GitHub is asked for the number once, and the home folder remembers it', async () => {
  const github = await httpServer((response) => response.writeHead(200, JSON_TYPE).end(body(1296269)));
  const root = repository(temporaryFolder(), 'git@github.com:acme/shop.git');
  const env = environment();
  const given = settings({ apiUrl: `${github.url}/api/v3/`, token: 'gh-secret' });
  const found = await findRepository(given, root, env);
  await found.complete();
  expect(found).toMatchObject({ repo_id: '1296269', fault: null });
  expect(github.received).toHaveLength(1);
  expect(github.received[0]).toMatchObject({
    method: 'GET',
    path: '/api/v3/repos/acme/shop',
    headers: { authorization: 'Bearer gh-secret', accept: 'application/vnd.github+json', 'user-agent': 'pyca' },
  });
  const cache = join(env.HOME, '.pyca_repo_id_cache');
  expect(JSON.parse(readFileSync(cache, 'utf8'))).toEqual({ 'git@github.com:acme/shop.git': '1296269' });
  expect((await findRepository(given, root, env)).repo_id).toBe('1296269');
  expect(github.received).toHaveLength(1);
});

test('where nobody is to be asked, what is known counts', async () => {
  const env = environment();
  writeFileSync(join(env.HOME, '.pyca_repo_id_cache'), '{"https://github.com/acme/shop": "6"}');
  const offline = (repo: string) => findRepository({ ...settings({ repo }), github: null }, '/', env);
  expect((await offline('https://github.com/acme/shop')).repo_id).toBe('6');
  const other = await offline('https://github.com/acme/other');
  await other.complete();
  expect(other).toMatchObject({ repo_id: '', fault: null });
});

test.each(['', 'not json', '[1]', '{"git@github.com:acme/shop.git": 7}'])(
  'a cache of %j costs one question, and others’ entries stay',
  async (text) => {
    const github = await httpServer((response) => response.writeHead(200, JSON_TYPE).end(body(5)));
    const root = repository(temporaryFolder(), 'git@github.com:acme/shop.git');
    const env = environment();
    writeFileSync(join(env.HOME, '.pyca_repo_id_cache'), text);
    const found = await findRepository(settings({ apiUrl: github.url }), root, env);
    await found.complete();
    expect(found.repo_id).toBe('5');
    const again = await findRepository(settings({ apiUrl: github.url }), root, env);
    expect(again.repo_id).toBe('5');
    expect(github.received).toHaveLength(1);
  },
);

test('a renamed repository answers from its new place', async () => {
  const github = await httpServer((response, { path }) =>
    path === '/repositories/42'
      ? response.writeHead(200, JSON_TYPE).end(body(42))
      : response
          .writeHead(301, { ...JSON_TYPE, location: `${github.url}/repositories/42` })
          .end('{"message":"Moved Permanently"}'),
  );
  const found = await findRepository(
    settings({ apiUrl: github.url, repo: 'https://github.com/old/name' }),
    '/',
    environment(),
  );
  await found.complete();
  expect(found.repo_id).toBe('42');
});

test('a token that has run out is left out: the repository may be public', async () => {
  const github = await httpServer((response, { headers }) =>
    headers.authorization
      ? response.writeHead(401, JSON_TYPE).end('{"message":"Bad credentials","status":"401"}')
      : response.writeHead(200, JSON_TYPE).end(body(9)),
  );
  const found = await findRepository(
    settings({ apiUrl: github.url, token: 'old', repo: 'https://github.com/acme/shop' }),
    '/',
    environment(),
  );
  await found.complete();
  expect(found).toMatchObject({ repo_id: '9', fault: null });
});

test.each<[string, number, Record<string, string>, string]>([
  ['private, or gone', 404, {}, '404: it is private, or not there'],
  ['forbidden', 403, { 'x-ratelimit-remaining': '59' }, '403'],
  [
    'limited',
    403,
    { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(Math.floor(Date.now() / 1000) + 900) },
    '403, too many requests without a token',
  ],
  ['limited otherwise', 429, { 'retry-after': '120' }, '429, too many requests without a token'],
  ['broken', 502, {}, '502'],
  ['no GitHub', 200, {}, 'its answer is not GitHub’s'],
])(
  'a host that is %s: reports go on without, it is not asked again at once, and nothing is kept',
  async (_, status, headers, reason) => {
    const github = await httpServer((response) =>
      response.writeHead(status, { ...JSON_TYPE, ...headers }).end('<html>'),
    );
    const env = environment();
    const found = await findRepository(
      settings({ apiUrl: github.url, repo: 'https://github.com/acme/shop' }),
      '/',
      env,
    );
    await found.complete();
    await found.complete();
    expect(github.received).toHaveLength(1);
    expect(found).toMatchObject({
      repo_id: '',
      fault: { code: 'REPO_ID_UNKNOWN', message: expect.stringContaining(reason) },
    });
    expect(() => readFileSync(join(env.HOME, '.pyca_repo_id_cache'))).toThrow('ENOENT');
  },
);

test('one that does not answer holds nothing up for longer than 3 s', async () => {
  const github = await httpServer(() => {});
  const started = Date.now();
  const found = await findRepository(
    settings({ apiUrl: github.url, repo: 'https://github.com/acme/shop' }),
    '/',
    environment(),
  );
  expect(Date.now() - started).toBeLessThan(1_000);
  await found.complete();
  expect(Date.now() - started).toBeLessThan(4_500);
  expect(found).toMatchObject({ repo_id: '', fault: { message: expect.stringContaining('no answer in time') } });
});
