import { execFileSync } from 'node:child_process';
import { mkdirSync, realpathSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { commit, git, repository } from '../../test/fixtures/git.ts';
import { temporaryFolder } from '../../test/fixtures/temporary-folder.ts';
import { gitFacts } from './git-facts.ts';

const env = { PATH: process.env.PATH, HOME: '/nonexistent' };
const SHOP = 'https://github.com/acme/shop.git';
const folder = () => realpathSync(temporaryFolder());

test('a work tree: root, address as it is configured, branch and full commit, from any folder in it', async () => {
  const root = repository(folder(), 'git@github.com:acme/Shop.git');
  git(root, 'switch', '--quiet', '-c', 'feature/ü');
  mkdirSync(join(root, 'src/deep'), { recursive: true });
  expect(await gitFacts(join(root, 'src/deep'), env)).toEqual({
    root,
    repo: 'git@github.com:acme/Shop.git',
    branch: 'feature/ü',
    commit: git(root, 'rev-parse', 'HEAD'),
    submodule: false,
    fault: null,
  });
});

test('the root is the folder itself where one comes by a link', async () => {
  const root = repository(join(folder(), 'real'));
  const link = join(root, '../link');
  symlinkSync(root, link);
  expect((await gitFacts(link, env)).root).toBe(root);
});

test('a worktree has a root and a branch of its own', async () => {
  const main = repository(join(folder(), 'main'), SHOP);
  const root = join(main, '../fix');
  git(main, 'worktree', 'add', '--quiet', '-b', 'fix', root);
  const head = commit(root, 'b.py', '');
  expect(await gitFacts(root, env)).toMatchObject({
    root: join(main, '../fix'),
    repo: SHOP,
    branch: 'fix',
    commit: head,
  });
});

test('a detached HEAD has a commit and no branch', async () => {
  const root = repository(folder(), SHOP);
  git(root, 'checkout', '--quiet', '--detach');
  expect(await gitFacts(root, env)).toMatchObject({ branch: '', commit: git(root, 'rev-parse', 'HEAD'), repo: SHOP });
});

test('a submodule is a repository of its own', async () => {
  const [library, shop] = [repository(join(folder(), 'library')), repository(folder(), SHOP)];
  git(shop, 'submodule', '--quiet', 'add', library, 'lib');
  const root = join(shop, 'lib');
  const head = git(library, 'rev-parse', 'HEAD');
  expect(await gitFacts(root, env)).toMatchObject({
    root,
    repo: library,
    branch: 'main',
    commit: head,
    submodule: true,
  });
  expect(await gitFacts(shop, env)).toMatchObject({ root: shop, repo: SHOP, submodule: false });
});

test('a shallow clone', async () => {
  const upstream = repository(folder());
  const head = commit(upstream, 'b.py', '');
  const root = join(folder(), 'clone');
  git(upstream, 'clone', '--quiet', '--depth', '1', `file://${upstream}`, root);
  expect(await gitFacts(root, env)).toMatchObject({ root, repo: `file://${upstream}`, branch: 'main', commit: head });
});

test('no commit yet, no remote', async () => {
  const root = folder();
  git(root, 'init', '--quiet');
  expect(await gitFacts(root, env)).toMatchObject({ root, repo: '', branch: 'main', commit: '', fault: null });
});

test('of several remotes: the upstream of the branch, else origin, else the only one, else none', async () => {
  const root = repository(folder());
  const repo = async () => (await gitFacts(root, env)).repo;
  git(root, 'remote', 'add', 'fork', 'https://example.org/me/shop');
  expect(await repo()).toBe('https://example.org/me/shop');
  git(root, 'remote', 'add', 'upstream', 'https://example.org/acme/shop');
  expect(await repo()).toBe('');
  git(root, 'remote', 'add', 'origin', SHOP);
  expect(await repo()).toBe(SHOP);
  git(root, 'config', 'branch.main.remote', 'upstream');
  expect(await repo()).toBe('https://example.org/acme/shop');
  git(root, 'config', 'branch.main.remote', '.');
  expect(await repo()).toBe(SHOP);
});

test('a bare repository has facts and no root; so has the inside of .git', async () => {
  const root = repository(folder(), SHOP);
  const head = git(root, 'rev-parse', 'HEAD');
  expect(await gitFacts(join(root, '.git'), env)).toMatchObject({
    root: null,
    repo: SHOP,
    branch: 'main',
    commit: head,
  });
  const bare = join(folder(), 'shop.git');
  git(root, 'clone', '--quiet', '--bare', root, bare);
  expect(await gitFacts(bare, env)).toMatchObject({
    root: null,
    repo: root,
    branch: 'main',
    commit: head,
    fault: null,
  });
});

test('no repository: nothing is known, and that is no fault', async () => {
  const nothing = { root: null, repo: '', branch: '', commit: '', submodule: false, fault: null };
  expect(await gitFacts(folder(), env)).toEqual(nothing);
  const gone = folder();
  rmSync(gone, { recursive: true });
  expect(await gitFacts(gone, env)).toEqual(nothing);
});

test('without git the root is known still, and the fault is told', async () => {
  const root = repository(folder(), SHOP);
  expect(await gitFacts(join(root), { PATH: '/nonexistent' })).toMatchObject({
    root,
    repo: '',
    commit: '',
    fault: { code: 'GIT_MISSING', message: expect.stringContaining(root) },
  });
});

test('a git hook’s GIT_DIR does not lead elsewhere', async () => {
  const [root, other] = [repository(folder(), SHOP), repository(folder())];
  const facts = await gitFacts(root, {
    ...env,
    GIT_DIR: join(other, '.git'),
    GIT_INDEX_FILE: 'x',
    GIT_SSH_COMMAND: 'y',
  });
  expect(facts).toMatchObject({ root, repo: SHOP, fault: null });
});

test.runIf(process.getuid?.() === 0)('the folder of another user: git refuses, and we say what to do', async () => {
  const root = repository(folder(), SHOP);
  execFileSync('chown', ['-R', '65534', root]);
  expect(await gitFacts(root, env)).toMatchObject({
    root,
    repo: '',
    fault: {
      code: 'GIT_REFUSED',
      message: expect.stringContaining(root),
      remedy: expect.stringContaining('safe.directory'),
    },
  });
  const trusted = { GIT_CONFIG_COUNT: '1', GIT_CONFIG_KEY_0: 'safe.directory', GIT_CONFIG_VALUE_0: root };
  expect(await gitFacts(root, { ...env, ...trusted })).toMatchObject({ repo: SHOP, fault: null });
});
