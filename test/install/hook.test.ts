/** The truth tables of the hook: which processes are collected, and which project they belong to. */

import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { ciFacts } from '../../agent/repository/ci-facts.ts';
import { readApplicationFile } from '../../agent/user-agent/application-file.ts';
import { readProjects, stateFolder } from '../../agent/user-agent/state-folder.ts';
import { parseLineMap } from '../../coverage/line-map.ts';
import { onEachPython } from '../preload/python/pythons.ts';
import { type Environment, Laptop } from './laptop.ts';

const APP = 'x = 1\n';

onEachPython('the hook', (python) => {
  let laptop: Laptop;
  beforeAll(() => {
    laptop = new Laptop(python).install();
    // Nothing is to start here but the hook.
    const command = join(laptop.sitePackages, 'platform_coverage_agent/agent-command');
    writeFileSync(command, '/bin/true\n');
  });
  afterAll(() => laptop.end());
  beforeEach(() => {
    rmSync(join(laptop.home, '.local'), { recursive: true, force: true });
    rmSync(laptop.project, { recursive: true, force: true });
    mkdirSync(laptop.project);
    laptop.write('app.py', APP);
    laptop.write('package/__init__.py', '');
    laptop.write('package/__main__.py', APP);
  });

  /** Paths of what was mapped, relative to the root of each. */
  const maps = () =>
    readProjects(laptop.state).flatMap(({ data }) =>
      readdirSync(data)
        .filter((name) => name.endsWith('.lines'))
        .map((name) => parseLineMap(readFileSync(join(data, name))).header),
    );
  const names = () =>
    maps()
      .map(({ path }) => path.replace(`${laptop.home}/`, ''))
      .sort();
  const project = () => readProjects(laptop.state)[0]?.root.replace(`${laptop.home}/`, '');

  describe('collects', () => {
    test.each<[string, string[], Environment]>([
      ['a script', ['app.py'], {}],
      ['a module', ['-m', 'package'], {}],
      ['a folder', ['package'], {}],
      ['code that imports it', ['-c', 'import app'], {}],
      ['with PYCA_ENABLED=true', ['app.py'], { PYCA_ENABLED: 'true' }],
      ['with safe paths', ['app.py'], { PYTHONSAFEPATH: '1' }],
    ])('%s', (_, args, environment) => {
      laptop.runs(args, environment);
      expect(names().length).toBeGreaterThan(0);
      expect(names().every((name) => name.startsWith('shop/'))).toBe(true);
    });

    test('input', () => {
      laptop.runs(['-'], {}, { input: 'import app\n' });
      expect(names()).toEqual(['shop/app.py']);
    });
  });

  test('has its modules in no scope, however wide that is', () => {
    laptop.runs(['app.py'], { PYCA_INCLUDE: '/**' });
    expect(names()).toContain('shop/app.py');
    expect(names().filter((name) => /platform_coverage_agent\/_[a-z]/.test(name))).toEqual([]);
  });

  describe('leaves alone', () => {
    test.each<[string, string[], Environment]>([
      ['-I', ['-I', 'app.py'], {}],
      ['-E', ['-E', 'app.py'], {}],
      ['-S', ['-S', 'app.py'], {}],
      ['PYCA_ENABLED=false', ['app.py'], { PYCA_ENABLED: 'false' }],
      ['PCA_ENABLED=0', ['app.py'], { PCA_ENABLED: '0' }],
      ['what pip builds with', ['app.py'], { PIP_BUILD_TRACKER: '/tmp/x' }],
      ['a one-liner', ['-c', 'import json'], {}],
      ['python -m venv', ['-m', 'venv', '--help'], {}],
    ])('%s', (_, args, environment) => {
      expect(laptop.run(args, environment).status).toBe(0);
      expect(existsSync(laptop.state)).toBe(false);
    });

    test.each(['pip', 'ensurepip', 'venv'])('%s by any name', (name) => {
      laptop.write(`${name}/__init__.py`, '');
      laptop.write(`${name}/__main__.py`, APP);
      for (const args of [['-m', name], [`-m${name}`], ['-Bm', name]])
        laptop.runs(args, { PYTHONPATH: laptop.project });
      laptop.write(`${name}3.12`, APP);
      laptop.runs([`${name}3.12`]);
      expect(existsSync(laptop.state)).toBe(false);
    });

    test('a project whose .env says so, unless the environment says otherwise', () => {
      laptop.write('.env', 'OTHER=1\nexport PYCA_ENABLED="false" # for now\n');
      laptop.runs(['app.py']);
      expect(existsSync(laptop.state)).toBe(false);
      laptop.runs(['app.py'], { PYCA_ENABLED: 'true' });
      expect(names()).toEqual(['shop/app.py']);
    });

    test.skipIf(process.getuid?.() !== 0)(
      'no project for a .env that somebody else laid ready in a folder as /tmp',
      () => {
        chownSync(laptop.write('.env', 'PYCA_ENABLED=false\n'), 12345, 12345);
        chmodSync(laptop.project, 0o1777);
        laptop.runs(['app.py']);
        expect(names()).toEqual(['shop/app.py']);
      },
    );

    test('a process that has a preload of its own: it is started once, and keeps its folder', () => {
      const data = join(laptop.home, 'data');
      rmSync(data, { recursive: true, force: true });
      mkdirSync(data);
      const preload = join(import.meta.dirname, '../../agent/preload/python');
      laptop.runs(['app.py'], { PYTHONPATH: preload, PYCA_DATA: data });
      expect(existsSync(laptop.state)).toBe(false);
      expect(readdirSync(data).filter((name) => name.endsWith('.lines'))).toHaveLength(1);
    });
  });

  test('goes to the state folder that the agent looks into, whatever HOME is', () => {
    const show = 'print(hook._load("_project")["find"]("app.py", {"HOME": sys.argv[1]}).state)';
    for (const HOME of [laptop.home, 'relative', '~', '']) {
      const state = laptop.runs(['-c', `import sys, platform_coverage_agent as hook; ${show}`, HOME]);
      expect(state.trim()).toBe(stateFolder({ HOME }));
    }
  });

  test('collects where no agent can be started, and leaves nothing open', () => {
    const pth = join(laptop.sitePackages, 'a.pth');
    writeFileSync(pth, 'import posix; vars(posix).pop("posix_spawn", None)\n');
    laptop.write('app.py', `${APP}import os\nprint(sorted(os.listdir("/proc/self/fd")))\n`);
    const [plain, collected] = ['false', 'true'].map((PYCA_ENABLED) => laptop.run(['app.py'], { PYCA_ENABLED }));
    rmSync(pth);
    expect(collected).toEqual(plain);
    expect(names()).toEqual(['shop/app.py']);
  });

  describe('goes on without line maps', () => {
    test('where the home folder cannot be written to', () => {
      expect(laptop.runs(['-c', 'import app; print(app.x)'], { HOME: '/proc' })).toBe('1\n');
    });

    test('where there is no room for any', () => {
      mkdirSync(join(laptop.home, '.local'));
      writeFileSync(join(laptop.home, '.local/state'), '');
      expect(laptop.runs(['-c', 'import app; print(app.x)'])).toBe('1\n');
    });

    test.skipIf(process.getuid?.() !== 0)("where the state folder is somebody else's", () => {
      mkdirSync(laptop.state, { recursive: true });
      chownSync(laptop.state, 12345, 12345);
      laptop.runs(['app.py']);
      expect(readdirSync(laptop.state)).toEqual([]);
    });

    test.skipIf(process.getuid?.() !== 0)("where root works in another user's home folder", () => {
      const home = join(laptop.home, 'other');
      mkdirSync(home, { recursive: true });
      chownSync(home, 12345, 12345);
      laptop.runs(['app.py'], { HOME: home });
      expect(readdirSync(home)).toEqual([]);
    });
  });

  describe('the project', () => {
    test.each<[string, { marker?: string; cwd?: string; script?: string; expected: string }]>([
      ["is the script's folder, without any mark", { cwd: '/', expected: 'shop' }],
      ["is the script's folder in the home folder", { cwd: '..', expected: 'shop' }],
      ['is the working directory that the script lies in', { script: 'a/b/app.py', expected: 'shop' }],
      ['is the nearest folder with a mark', { marker: 'a/pyproject.toml', script: 'a/b/app.py', expected: 'shop/a' }],
      ['may be marked by .env', { marker: 'a/.env', script: 'a/b/app.py', cwd: '/', expected: 'shop/a' }],
      ['may be marked by .git', { marker: 'a/.git/HEAD', script: 'a/b/c/app.py', expected: 'shop/a' }],
    ])('%s', (_, { marker, cwd = '.', script = 'app.py', expected }) => {
      if (marker) laptop.write(marker, '');
      const file = laptop.write(script, APP);
      laptop.runs([file], {}, { cwd: resolve(laptop.project, cwd) });
      expect(project()).toBe(expected);
    });

    test('is never the home folder, for what lies in it', () => {
      writeFileSync(join(laptop.home, '.env'), '');
      laptop.runs(['app.py']);
      rmSync(join(laptop.home, '.env'));
      expect(project()).toBe('shop');
    });

    test('of an installed script is that of the working directory', () => {
      const tool = join(laptop.venv, 'bin/tool');
      writeFileSync(tool, 'import sys; sys.path.insert(0, ""); import app\n');
      laptop.runs([tool]);
      expect([project(), names()]).toEqual(['shop', ['shop/app.py']]);
    });

    test('of a tool in a hidden folder is that of the working directory, and the tool is not collected', () => {
      const tool = join(laptop.home, '.editor/run.py');
      mkdirSync(join(laptop.home, '.editor'), { recursive: true });
      writeFileSync(tool, 'import sys; sys.path.insert(0, ""); import app\n');
      laptop.runs([tool]);
      expect([project(), names()]).toEqual(['shop', ['shop/app.py']]);
    });

    test('of a linked script is where it leads to', () => {
      const link = join(laptop.home, 'link.py');
      rmSync(link, { force: true });
      symlinkSync(join(laptop.project, 'app.py'), link);
      laptop.runs([link], {}, { cwd: '/' });
      expect(project()).toBe('shop');
    });

    test('has its paths relative to its repository', () => {
      laptop.write('.git/HEAD', 'ref: refs/heads/main\n');
      laptop.write('services/cart/pyproject.toml', '');
      laptop.runs([laptop.write('services/cart/app.py', APP)]);
      expect(project()).toBe('shop/services/cart');
      expect(maps().map(({ root }) => root)).toEqual([laptop.project]);
    });
  });

  describe('line maps', () => {
    const commit = (letter: string) => letter.repeat(40);
    const folders = () => readProjects(laptop.state).map(({ data }) => data.split('/').at(-1));

    test.each<[string, Record<string, string>, string]>([
      ['a branch', { '.git/HEAD': 'ref: refs/heads/x\n', '.git/refs/heads/x': `${commit('a')}\n` }, commit('a')],
      ['a detached HEAD', { '.git/HEAD': `${commit('b')}\n` }, commit('b')],
      [
        'packed refs',
        { '.git/HEAD': 'ref: refs/heads/x\n', '.git/packed-refs': `# x\n${commit('c')} refs/heads/x\n` },
        commit('c'),
      ],
      [
        'a work tree',
        {
          '.git': 'gitdir: ../shop.git/worktrees/x\n',
          '../shop.git/worktrees/x/HEAD': 'ref: refs/heads/y\n',
          '../shop.git/worktrees/x/commondir': '../..\n',
          '../shop.git/refs/heads/y': `${commit('d')}\n`,
        },
        commit('d'),
      ],
      ['no commit yet', { '.git/HEAD': 'ref: refs/heads/x\n' }, 'none'],
      ['something else', { '.git/HEAD': 'what?\n' }, 'none'],
    ])('of %s are that commit’s', (_, files, expected) => {
      for (const [name, content] of Object.entries(files)) laptop.write(name, content);
      laptop.runs(['app.py']);
      expect(folders()).toEqual([expected]);
    });

    test('of the next commit are others', () => {
      laptop.write('.git/HEAD', commit('a'));
      laptop.runs(['app.py']);
      laptop.write('.git/HEAD', commit('b'));
      laptop.runs(['app.py']);
      expect(folders()).toEqual([commit('b')]);
    });
  });

  test('tells the agent its settings and the CI run, and nothing else of its environment', () => {
    laptop.runs(['app.py'], {
      PYCA_REPO: 'x=y',
      PCA_BRANCH: 'ü',
      SECRET: 'no',
      GITHUB_ACTIONS: 'true',
      GITHUB_SHA: 'f00',
    });
    const folder = join(readProjects(laptop.state)[0]?.folder ?? '', 'applications');
    const [file = ''] = readdirSync(folder);
    const { env, agent, version } = readApplicationFile(join(folder, file)) ?? {};
    expect(env).toMatchObject({ PYCA_REPO: 'x=y', PCA_BRANCH: 'ü', PYCA_SINK: expect.any(String), GITHUB_SHA: 'f00' });
    expect(env).not.toHaveProperty('SECRET');
    expect([agent, version]).toEqual([['/bin/true'], expect.stringMatching(/^\d+\.\d+\.\d+/)]);
    expect(readlinkSync(join(folder, '../root'))).toBe(laptop.project);
  });
});

test('the hook hands on every variable that CI facts come from', () => {
  const source = readFileSync(
    join(import.meta.dirname, '../../agent/preload/site/platform_coverage_agent/_application.py'),
    'utf8',
  );
  const asked = new Set<string>();
  const spy = (env: NodeJS.ProcessEnv) => {
    const get = (target: NodeJS.ProcessEnv, name: string) => {
      asked.add(name);
      return target[name];
    };
    return new Proxy(env, { get });
  };
  for (const provider of ['GITHUB_ACTIONS', 'GITLAB_CI', 'CIRCLECI', 'JENKINS_URL'])
    ciFacts(spy({ [provider]: 'true' }));
  expect(asked.size).toBeGreaterThan(25);
  expect([...asked].filter((name) => !new RegExp(`\\b${name}\\b`).test(source))).toEqual([]);
});
