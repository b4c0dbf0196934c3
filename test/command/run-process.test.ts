/** `pyca run` as if it were not there: exit codes, signals, streams, limits, environment. */

import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { pause, until } from '../broker/inbox.ts';
import { inChroot, type Python, supported } from '../preload/python/pythons.ts';
import { ending, Project, PYCA } from './project.ts';

const { command } = supported.findLast((candidate) => !inChroot(candidate)) as Python;

/** Says which signals come, and ends at a line of input. */
const LISTENER = `
import os, signal, sys
for name in sys.argv[1:]:
    signal.signal(getattr(signal, name), lambda number, frame: print("got", signal.Signals(number).name, flush=True))
print("up", os.getpid(), flush=True)
while True:
    if not sys.stdin.readline().strip():
        break
print("end", flush=True)
sys.exit(9)
`;

function listener(...signals: string[]) {
  const p = new Project({ 'listener.py': LISTENER });
  return Object.assign(p.start(['run', '-q', '--', command, 'listener.py', ...signals]), { project: p });
}

const isUp = (run: { output: () => string }) =>
  until(async () => /up \d+\n/.test(run.output()), 'it is up').then(() => Number(/up (\d+)/.exec(run.output())?.[1]));

test.each([0, 1, 2, 77, 126, 127, 130, 255])('exit code %d', (code) => {
  expect(new Project().pyca(['run', '-q', '--', 'bash', '-c', `exit ${code}`]).status).toBe(code);
});

/** Whatever is ignored here. */
const endBy = (signal: string) => {
  const reset = signal === 'SIGKILL' ? '' : `signal.signal(signal.${signal}, signal.SIG_DFL); `;
  return new Project().pyca([
    'run',
    '-q',
    '--',
    command,
    '-c',
    `import os, signal; ${reset}os.kill(os.getpid(), signal.${signal})`,
  ]);
};

test.each(['SIGTERM', 'SIGINT', 'SIGKILL', 'SIGHUP', 'SIGUSR1', 'SIGPIPE'])('an end by %s is one of ours', (name) => {
  const { status, signal } = endBy(name);
  expect([status, signal]).toEqual([null, name]);
});

test.each([
  ['SIGSEGV', 139],
  ['SIGABRT', 134],
  ['SIGQUIT', 131],
])('after %s no core file of ours takes the place of the command’s: code %d', (name, code) => {
  expect(endBy(name).status).toBe(code);
});

test('a command that cannot be started: 127 where it is not there, 126 where it may not', () => {
  const p = new Project({ 'plain.txt': 'x', noshebang: 'echo "by sh: $0 $1"', lost: '#!/nowhere/python\n' });
  execFileSync('chmod', ['+x', join(p.folder, 'noshebang'), join(p.folder, 'lost')]);
  const result = (...args: string[]) => {
    const { status, stdout, stderr } = p.pyca(['run', '--', ...args]);
    return [status, stdout, stderr.split('\n')[0]];
  };
  expect(result('no-such-command')).toEqual([127, '', 'pyca run: no-such-command: command not found']);
  expect(result('./nothing')).toEqual([127, '', 'pyca run: ./nothing: no such file']);
  expect(result('./plain.txt')).toEqual([126, '', 'pyca run: ./plain.txt: permission denied']);
  expect(result(p.folder)).toEqual([126, '', `pyca run: ${p.folder}: is a directory`]);
  expect(result('./noshebang', 'a')[1]).toBe('by sh: ./noshebang a\n');
  expect(result('./lost')[0]).toBe(127);
});

test.each(['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2', 'SIGWINCH', 'SIGCONT', 'SIGALRM'] as const)(
  '%s is passed on, once, and the command decides what comes of it',
  async (signal) => {
    const run = listener(signal);
    await isUp(run);
    run.kill(signal);
    await until(async () => run.output().includes(`got ${signal}`), 'it is passed on');
    await pause(0.3);
    run.stdin?.end('\n');
    expect(await ending(run)).toEqual({ code: 9, signal: null });
    expect(run.output()).toMatch(new RegExp(`^up \\d+\ngot ${signal}\nend\n$`));
  },
);

test('SIGTSTP stops both, SIGCONT lets both go on', async (context) => {
  const state = (of: number) => /\) (\w)/.exec(readFileSync(`/proc/${of}/stat`, 'utf8'))?.[1];
  const bystander = spawn('sleep', ['60']);
  bystander.kill('SIGTSTP');
  await pause(0.1);
  const stops = state(bystander.pid as number) === 'T';
  bystander.kill('SIGKILL');
  context.skip(!stops, 'nothing of an orphaned process group is stopped by SIGTSTP');
  const run = listener();
  const pid = await isUp(run);
  run.kill('SIGTSTP');
  await until(async () => state(pid) === 'T' && state(run.pid as number) === 'T', 'both stand');
  run.kill('SIGCONT');
  await until(async () => state(pid) !== 'T' && state(run.pid as number) !== 'T', 'both go on');
  run.stdin?.end('\n');
  expect((await ending(run)).code).toBe(9);
});

test('the command goes on unharmed where pyca is killed, and its lines are kept', async () => {
  const run = listener();
  const pid = await isUp(run);
  run.kill('SIGKILL');
  await until(async () => run.signalCode === 'SIGKILL', 'pyca is gone');
  expect(existsSync(`/proc/${pid}`)).toBe(true);
  run.stdin?.end('more\n\n');
  await until(async () => run.output().includes('end'), 'it goes on');
  await until(async () => !existsSync(`/proc/${pid}`), 'it ends');
  const lines = run.project.collected().get('listener.py');
  expect(lines?.missing).toEqual([4]);
  // The next run of the project takes no harm of what was left.
  const { stderr } = run.project.pyca(['run', '--', command, '-c', 'import sys']);
  expect(stderr).not.toContain('another pyca run');
});

test('what is read and written is the command’s alone', () => {
  const p = new Project();
  const input = 'äöü\0\r\n'.repeat(500_000);
  expect(p.pyca(['run', '--', 'cat'], {}, input).stdout).toBe(input);
  const script = `import os, sys
print([os.get_blocking(fd) for fd in (0, 1, 2)], [os.isatty(fd) for fd in (0, 1, 2)])
sys.stdout.write("x" * 3_000_000)`;
  // A reader that takes its time: a pipe that pyca had made non-blocking would fail the command.
  const { stdout, status } = spawnSync(
    'bash',
    ['-c', `set -o pipefail; echo | "${PYCA}" run -- ${command} -c '${script}' 2>&1 | (sleep 1; cat)`],
    { cwd: p.folder, env: p.environment(), encoding: 'utf8', maxBuffer: 1 << 24 },
  );
  expect(status).toBe(0);
  expect(stdout.split('\n')[0]).toBe('[True, True, True] [False, False, False]');
  expect(stdout.match(/x/g)?.length).toBeGreaterThanOrEqual(3_000_000);
});

test('closed and full outputs of ours harm nothing', () => {
  const p = new Project({ 'app.py': 'x = 1\n' });
  const shell = (script: string) =>
    spawnSync('bash', ['-c', script], { cwd: p.folder, env: p.environment(), encoding: 'utf8' });
  expect(shell(`"${PYCA}" run -- bash -c 'exit 5' 2>/dev/full`).status).toBe(5);
  expect(shell(`"${PYCA}" run -- bash -c 'exit 5' 2>&-`).status).toBe(5);
  expect(shell(`"${PYCA}" run --json - -- bash -c 'exit 5' >/dev/full`).status).toBe(5);
});

test('limits, ignored signals and open files are what they were without us', () => {
  const p = new Project({ 'file.txt': 'content' });
  const script = `import os, resource, signal
print(resource.getrlimit(resource.RLIMIT_NOFILE)[0], signal.getsignal(signal.SIGHUP) == signal.SIG_IGN,
      signal.getsignal(signal.SIGTERM) == signal.SIG_DFL, os.read(7, 7), os.umask(0), os.getcwd())`;
  const prelude = `exec 7<file.txt; ulimit -Sn 777; trap '' HUP; umask 027;`;
  const shell = (before: string) =>
    execFileSync('bash', ['-c', `${prelude} ${before} ${command} -c '${script}'`], {
      cwd: p.folder,
      env: p.environment(),
      encoding: 'utf8',
    });
  const plain = shell('');
  expect(plain).toBe(`777 True True b'content' 23 ${p.folder}\n`);
  expect(shell(`"${PYCA}" run -q -- `)).toBe(plain);
});

test('under nohup, neither notices that the terminal goes', async () => {
  const p = new Project({ 'listener.py': LISTENER });
  const env = p.environment();
  const run = p.start(['run', '-q', '--', 'nohup', command, 'listener.py'], env);
  const pid = await isUp(run);
  run.kill('SIGHUP');
  await pause(0.5);
  expect(existsSync(`/proc/${pid}`)).toBe(true);
  run.stdin?.end('\n');
  expect((await ending(run)).code).toBe(9);
});

test('only our own variables are added; no credential of options or .env is among them', () => {
  const p = new Project({
    '.env':
      'PYCA_RABBITMQ_URL=amqp://u:dotenv-secret@127.0.0.1:1/\nGITHUB_TOKEN=dotenv-token\nPYCA_SINK_TOKEN=dotenv-sink\n',
  });
  const env = p.environment({
    PYCA_SESSION_TOKEN: 'exported',
    LD_PRELOAD: '/lib/theirs.so:/lib/more.so',
    'A.B': '1',
    'BASH_FUNC_f%%': '() {  :\n}',
  });
  const show = `import os; print(*sorted(f"{name}={value}" for name, value in os.environ.items()), sep="\\n")`;
  const variables = (args: string[]) => {
    const [file = '', ...rest] = args;
    const { stdout } = spawnSync(file, [...rest, command, '-c', show], { cwd: p.folder, env, encoding: 'utf8' });
    return stdout.split('\n').filter(Boolean);
  };
  const plain = variables(['/bin/bash', '-pc', 'exec "$@"', 'bash']);
  const options = ['--sink', 'http://u:option-secret@127.0.0.1:1/', '--sessions'];
  const ran = variables([PYCA, 'run', '-q', ...options, '--']);
  const added = ran.filter((variable) => !plain.includes(variable)).map((text) => text.split('=')[0]);
  expect(added).toEqual([
    'LD_PRELOAD',
    'PYCA_DATA',
    'PYCA_PYTHONPATH',
    'PYCA_SESSIONS',
    'PYCA_SOURCE_ROOT',
    'PYTHONPATH',
  ]);
  expect(ran.find((variable) => variable.startsWith('LD_PRELOAD='))).toMatch(
    /^LD_PRELOAD=\/lib\/theirs\.so:\/lib\/more\.so:\/.*pyca-env\.\w+\.so$/,
  );
  expect(ran).toEqual(expect.arrayContaining(['PYCA_SESSION_TOKEN=exported', 'A.B=1', 'BASH_FUNC_f%%=() {  :']));
  expect(ran.join('\n')).not.toMatch(/dotenv-|option-secret/);
});
