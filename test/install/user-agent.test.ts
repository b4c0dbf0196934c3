/** The life of the user's agent: one for all, there when it is needed, gone when it is not, never in anybody's way. */

import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readProjects } from '../../agent/user-agent/state-folder.ts';
import { pause, until } from '../broker/inbox.ts';
import { inChroot, supported } from '../preload/python/pythons.ts';
import { Laptop } from './laptop.ts';

const newest = supported.filter((python) => !inChroot(python)).at(-1);
let laptop: Laptop;
beforeEach(() => {
  if (!newest) throw new Error('no supported Python on this machine');
  laptop = new Laptop(newest).install();
});
afterEach(() => laptop.end());

const running = () => laptop.agent()?.running === true;
const gone = () => until(async () => laptop.agent()?.running === false && !isLocked(), 'the end of the agent');
const isLocked = () => existsSync(join(laptop.state, 'agent.lock'));
/** What the reports say of a file, the last of them. */
const reported = (name: string) =>
  laptop
    .reports()
    .at(-1)
    ?.coverage.raw.split('\n')
    .filter((line) => line.startsWith(`${name}:`))
    .map((line) => line.slice(name.length + 1));

function processes(): { pid: number; parent: number; state: string; cwd: string }[] {
  return readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name)) return [];
    try {
      const fields = readFileSync(`/proc/${name}/stat`, 'latin1').split(') ')[1]?.split(' ') ?? [];
      return [{ pid: Number(name), state: fields[0] ?? '', parent: Number(fields[1]), cwd: cwdOf(name) }];
    } catch {
      return [];
    }
  });
}

function cwdOf(pid: string): string {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    return '';
  }
}

const agents = () => processes().filter(({ cwd }) => cwd === laptop.state);

test('a script that is over at once is reported whole, and the agent goes after it', async () => {
  laptop.write('app.py', 'def f(x):\n    if x:\n        return 1\n    return 2\n\nprint(f(1))\n');
  expect(laptop.runs(['app.py'])).toBe('1\n');
  await until(async () => laptop.reports().length === 1, 'the report');
  expect(reported('app.py')).toEqual(['1.0,3.0 3 1', '6.0,6.0 1 1', '4.0,4.0 1 0']);
  await gone();
  expect(readdirSync(laptop.state).sort()).toEqual(['agent.json', 'agent.log', 'projects']);
  const [project] = readProjects(laptop.state);
  expect(readdirSync(join(project?.folder ?? '', 'applications'))).toEqual([]);
});

test('what was reported is not reported again; what is new is', async () => {
  laptop.write('app.py', 'import sys\nif len(sys.argv) > 1:\n    x = 1\n');
  laptop.runs(['app.py']);
  await until(async () => laptop.reports().length === 1, 'the report');
  await gone();
  laptop.runs(['app.py']);
  await until(async () => running(), 'an agent');
  await gone();
  expect(laptop.reports()).toHaveLength(1);
  laptop.runs(['app.py', 'more']);
  await until(async () => laptop.reports().length === 2, 'the second report');
  expect(reported('app.py')).toEqual(['1.0,3.0 3 1']);
});

test('applications that start together get one agent', async () => {
  laptop.write('app.py', 'import time\ntime.sleep(3)\n');
  const applications = Array.from({ length: 8 }, () => laptop.start(['app.py']));
  await until(async () => laptop.agent()?.projects[0]?.applications === 8, 'eight applications');
  expect(agents()).toHaveLength(1);
  for (const application of applications) application.kill('SIGKILL');
});

test('it is nobody’s child, has nothing of the application open, and survives its shell', async () => {
  laptop.write('app.py', 'import time\ntime.sleep(30)\n');
  writeFileSync(join(laptop.home, 'inherited'), '');
  // A terminal's shell: a session of its own, a descriptor that is passed on, SIGHUP at its end.
  const script = `exec 7<${join(laptop.home, 'inherited')}; ${laptop.command} app.py & wait`;
  const options = { cwd: laptop.project, env: laptop.environment(), detached: true, stdio: 'ignore' as const };
  const shell = spawn('/bin/sh', ['-c', script], options);
  await until(async () => running(), 'an agent');
  const [agent] = agents();
  const pid = agent?.pid ?? 0;
  expect(agent?.parent).not.toBe(shell.pid);
  const open = readdirSync(`/proc/${pid}/fd`).map((fd) => {
    try {
      return readlinkSync(`/proc/${pid}/fd/${fd}`);
    } catch {
      return '';
    }
  });
  expect(open.filter((path) => path.includes('inherited') || path.startsWith('/dev/pts'))).toEqual([]);
  const session = (of: number) => readFileSync(`/proc/${of}/stat`, 'latin1').split(') ')[1]?.split(' ')[3];
  expect(session(pid)).not.toBe(session(shell.pid ?? 0));
  expect(processes().filter(({ parent, state }) => parent === shell.pid && state === 'Z')).toEqual([]);
  process.kill(-(shell.pid ?? 0), 'SIGHUP');
  await until(async () => laptop.reports().length > 0, 'the report');
  expect(reported('app.py')).toEqual(['1.0,2.0 2 1']);
});

test('an application that waits for its children meets none of ours', () => {
  laptop.write(
    'app.py',
    'import os, signal\nseen = []\nsignal.signal(signal.SIGCHLD, lambda *_: seen.append(1))\n' +
      'import later\ntry:\n    print(os.wait())\nexcept ChildProcessError:\n    print("none")\n',
  );
  laptop.write('later.py', 'x = 1\n');
  expect(laptop.runs(['app.py'])).toBe('none\n');
  expect(laptop.runs(['app.py'], {}, { env: laptop.environment({ PYTHONWARNINGS: 'error' }) })).toBe('none\n');
});

test('a child that goes on when its parent has ended, with every descriptor closed, keeps the agent', async () => {
  laptop.write(
    'app.py',
    'import os, time\nif os.fork() == 0:\n    os.setsid()\n    os.closerange(0, 1024)\n    time.sleep(9)\n    x = 1\n',
  );
  laptop.runs(['app.py'], { PYCA_FLUSH_INTERVAL: '60' });
  await until(async () => laptop.reports().length === 1, 'the first report');
  expect(reported('app.py')).toContain('6.0,6.0 1 0');
  await until(async () => laptop.reports().length === 2, "the child's report");
  expect(reported('app.py')).toEqual(['1.0,6.0 6 1']);
});

test('an application that comes as the agent ends is served', async () => {
  for (let round = 0; round < 3; round++) {
    laptop.write(`part_${round}.py`, 'x = 1\n');
    laptop.write('app.py', `import part_${round}\n`);
    laptop.runs(['app.py']);
    // About when it goes, five seconds after the last.
    await pause(5.9 + round * 0.2);
  }
  await until(async () => reported('part_2.py')?.length === 1, 'the last report');
  await gone();
});

test('each project goes by its own settings', async () => {
  const sinks = ['a', 'b'].map((name) => join(laptop.home, `${name}.ndjson`));
  for (const [i, name] of ['a', 'b'].entries()) {
    laptop.write(`${name}/.env`, `PYCA_SINK=file://${sinks[i]}\nPYCA_REPO=https://git.example.org/${name}\n`);
    laptop.write(`${name}/app.py`, 'x = 1\n');
    laptop.runs([`${name}/app.py`], { PYCA_SINK: undefined });
  }
  const text = (sink: string) => (existsSync(sink) ? readFileSync(sink, 'utf8') : '');
  await until(async () => sinks.every((sink) => text(sink).endsWith('\n')), 'both reports');
  const repos = sinks.map((sink) => JSON.parse(readFileSync(sink, 'utf8')).repo);
  expect(repos).toEqual(['https://git.example.org/a', 'https://git.example.org/b']);
});

test('git facts are those of the commit that ran', async () => {
  const git = (...args: string[]) => {
    const { status, stderr, stdout } = spawnSync(
      'git',
      ['-c', 'user.name=x', '-c', 'user.email=x@example.org', ...args],
      {
        cwd: laptop.project,
        encoding: 'utf8',
      },
    );
    if (status !== 0) throw new Error(stderr);
    return stdout.trim();
  };
  git('init', '--quiet', '--initial-branch=main');
  laptop.write('app.py', 'import sys\nif sys.argv[1:]:\n    x = 1\n');
  git('add', '.');
  git('commit', '--quiet', '--message=one');
  const first = git('rev-parse', 'HEAD');
  laptop.runs(['app.py', 'more']);
  await until(async () => laptop.reports().length === 1, 'the report');
  expect(laptop.reports()[0]).toMatchObject({ branch: 'main', commit: first });
  git('commit', '--quiet', '--allow-empty', '--message=two');
  laptop.runs(['app.py']);
  await until(async () => laptop.reports().length === 2, 'the second report');
  expect(laptop.reports()[1]).toMatchObject({ branch: 'main', commit: git('rev-parse', 'HEAD') });
  // What ran of the first commit has not run of the second.
  expect(reported('app.py')).toEqual(['1.0,2.0 2 1', '3.0,3.0 1 0']);
});

test('without Node the application runs as ever, and the log says why', async () => {
  const command = join(laptop.sitePackages, 'platform_coverage_agent/agent-command');
  writeFileSync(command, '/no/such/node\nagent\n--user\n');
  laptop.write('app.py', 'print("hello")\n');
  expect(laptop.runs(['app.py'])).toBe('hello\n');
  await until(async () => laptop.log().includes('/no/such/node'), 'the log');
  // Once there is one, nothing is lost.
  rmSync(command);
  laptop.install();
  laptop.write('other.py', 'print("again")\n');
  laptop.runs(['other.py']);
  await until(async () => reported('app.py')?.length === 1, 'the report of both');
});

test('a newer version takes over, with the lock and all that runs', async () => {
  laptop.write('app.py', 'import time\ntime.sleep(20)\n');
  const old = laptop.start(['app.py']);
  await until(async () => laptop.agent()?.projects[0]?.applications === 1, 'the first agent');
  const first = laptop.agent()?.pid;
  // The next version's hook; its agent says which one it is.
  writeFileSync(join(laptop.sitePackages, 'platform_coverage_agent/VERSION'), '99.0.0\n');
  laptop.write('next.py', 'import time\ntime.sleep(20)\n');
  const next = laptop.start(['next.py']);
  await until(async () => running() && laptop.agent()?.pid !== first, 'the next agent');
  await until(async () => laptop.agent()?.projects[0]?.applications === 2, 'both applications');
  const second = laptop.agent()?.pid;
  await until(async () => agents().length === 1, 'the end of the first');
  await pause(2.5);
  expect(agents().map(({ pid }) => pid)).toEqual([second]);
  for (const application of [old, next]) application.kill();
});

test('it ends when the state folder is removed, and leaves the next one alone', async () => {
  laptop.write('app.py', 'import time\ntime.sleep(20)\n');
  const applications = [laptop.start(['app.py'])];
  await until(async () => laptop.agent()?.projects[0]?.applications === 1, 'the first agent');
  const first = laptop.agent()?.pid;
  rmSync(laptop.state, { recursive: true });
  applications.push(laptop.start(['app.py']));
  await until(async () => running() && laptop.agent()?.pid !== first, 'the next agent');
  const second = laptop.agent()?.pid;
  await until(async () => !existsSync(`/proc/${first}`), 'the end of the first');
  expect([laptop.agent()?.pid, isLocked()]).toEqual([second, true]);
  for (const application of applications) application.kill();
});

test('the log does not grow without end', async () => {
  mkdirSync(laptop.state, { recursive: true });
  writeFileSync(join(laptop.state, 'agent.log'), 'x'.repeat(1_100_000));
  laptop.write('app.py', 'x = 1\n');
  laptop.runs(['app.py']);
  await until(async () => laptop.reports().length === 1, 'the report');
  expect(laptop.log().length).toBeLessThan(10_000);
  expect(readFileSync(join(laptop.state, 'agent.log.1'), 'utf8')).toHaveLength(1_100_000);
});

test('nobody starts it by hand', () => {
  const { status, stderr } = laptop.pyca(['agent', '--user']);
  expect([status, stderr]).toEqual([2, expect.stringContaining('started by applications')]);
});
