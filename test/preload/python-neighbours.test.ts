/** Other tools that watch the same application: theirs and ours both right. */

import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Application, marks, preload, statesOfMarked } from './python/application.ts';
import { coveragePy, onEachPython } from './python/pythons.ts';

const APP = `import sys #+
def called(x): #+
    if x: #+
        return 1 #-
    return [y for y in range(3)] #+
def uncalled(): #+
    return 1 #-
for _ in range(3): #+
    called(0) #+
print("fine") #+
`;

onEachPython('beside', (python) => {
  const hasMonitoring = python.series[1] >= 12;

  test.each(['ctrace', 'pytrace', ...(hasMonitoring ? ['sysmon'] : [])])('coverage run with its %s core', (core) => {
    const application = new Application(python, { 'app.py': APP });
    const file = join(application.folder, 'coverage');
    const environment = { PYTHONPATH: `${preload}:${coveragePy(python)}`, COVERAGE_CORE: core };
    const command = ['-m', 'coverage', 'run', `--data-file=${file}`, 'app.py'];
    expect(application.runs(command, environment)).toBe('fine\n');
    expect(application.lines('app.py')).toBe(marks(APP));
    expect(application.mapped()).toEqual(['app.py']);
    const reporter = join(import.meta.dirname, 'python/coverage-report.py');
    const report = JSON.parse(application.runs([reporter, file], { ...environment, PYCA_DATA: undefined }));
    expect(report).toEqual({
      [join(application.app, 'app.py')]: expect.objectContaining({
        executed: [1, 2, 3, 5, 6, 8, 9, 10],
        missing: [4, 7],
      }),
    });
  });

  test('coverage run of a parent and its children, in parallel', () => {
    const parent = `import os, subprocess, sys #+
def work(): #+
    return subprocess.call([sys.executable, "child.py"]) #+
if os.fork() == 0: #+
    work() #+
else:
    os.wait() #+
`;
    const child = 'def function(x): #+\n    if x: #+\n        return 1 #-\nfunction(0) #+\n';
    const config = '[run]\nparallel = true\nrelative_files = true\nomit = hook/*\n';
    const hook = 'import coverage\ncoverage.process_startup()\n';
    const files = { 'parent.py': parent, 'child.py': child, 'hook/sitecustomize.py': hook, '.coveragerc': config };
    const application = new Application(python, files);
    const measured = (changes: Record<string, string | undefined>) => {
      const reader = { COVERAGE_FILE: join(application.folder, 'coverage'), ...changes, PYCA_DATA: undefined };
      application.runs(['parent.py'], { ...reader, ...changes, COVERAGE_PROCESS_START: '.coveragerc' });
      application.runs(['-m', 'coverage', 'combine', '-q'], reader);
      const json = application.runs(['-m', 'coverage', 'json', '-q', '-o', '-'], reader);
      const report = JSON.parse(json).files;
      return ['parent.py', 'child.py'].map((name) => [report[name].executed_lines, report[name].missing_lines]);
    };
    const coverage = `${join(application.app, 'hook')}:${coveragePy(python)}`;
    const plain = measured({ PYTHONPATH: coverage, PYCA_DATA: undefined });
    expect(plain[1]).toEqual([[1, 2, 4], [3]]);
    const { data } = application;
    expect(measured({ PYTHONPATH: `${preload}:${coverage}`, PYCA_DATA: data })).toEqual(plain);
    for (const [name, source] of Object.entries({ 'parent.py': parent, 'child.py': child }))
      expect([name, application.lines(name)]).toEqual([name, marks(source)]);
  });

  test('coverage run with branches', () => {
    const application = new Application(python, { 'app.py': APP });
    const environment = { PYTHONPATH: `${preload}:${coveragePy(python)}` };
    application.runs(
      ['-m', 'coverage', 'run', '--branch', `--data-file=${application.folder}/c`, 'app.py'],
      environment,
    );
    expect(application.lines('app.py')).toBe(marks(APP));
  });

  test.each<[name: string, args: string[]]>([
    [
      'pdb',
      ['-m', 'pdb', '-c', 'break called', '-c', 'continue', '-c', 'clear 1', '-c', 'continue', '-c', 'quit', 'app.py'],
    ],
    ['-W error', ['-W', 'error', 'app.py']],
    ['-X dev', ['-X', 'dev', 'app.py']],
    ['-X utf8', ['-X', 'utf8', 'app.py']],
    ['-X tracemalloc', ['-X', 'tracemalloc', 'app.py']],
    ['-X faulthandler', ['-X', 'faulthandler', 'app.py']],
    ['-X pycache_prefix', ['-X', 'pycache_prefix=../cache', 'app.py']],
    ['-O', ['-O', 'app.py']],
    ['-OO', ['-OO', 'app.py']],
    ['-B -u -q', ['-B', '-u', '-q', 'app.py']],
  ])('%s', (_, args) => {
    const application = new Application(python, { 'app.py': APP });
    expect(application.runsAlike(args)).toMatchObject({ status: 0, stdout: expect.stringContaining('fine') });
    expect(application.lines('app.py')).toBe(marks(APP));
  });

  // On 3.11 a trace function is told of a script's first line twice.
  const traced = ['-m', 'trace', '--trace', '--ignore-dir=/usr:/root', 'app.py'];
  test.skipIf(python.version === '3.11')('trace', () => {
    const application = new Application(python, { 'app.py': APP });
    expect(application.runsAlike(traced).stdout).toMatch(/^app\.py\(10\): +print/m);
  });

  test.each<[name: string, args: string[]]>([
    ['trace, and what it counts', traced],
    ['cProfile', ['-m', 'cProfile', 'app.py']],
    ['profile', ['-m', 'profile', 'app.py']],
    ['-v', ['-v', 'app.py']],
    ['-X importtime', ['-X', 'importtime', 'app.py']],
  ])('%s, whose output differs', (_, args) => {
    const application = new Application(python, { 'app.py': APP });
    const { status, stdout } = application.run(args);
    expect([status, stdout.includes('fine')]).toEqual([0, true]);
    expect(application.lines('app.py')).toBe(marks(APP));
  });

  test('cProfile of one function: the calls are those of a run without us', () => {
    const source = `import cProfile, pstats, sys #+
def inner(n): #+
    return n #+
def outer(): #+
    return [inner(n) for n in range(3)] #+
profile = cProfile.Profile() #+
for _ in range(4): #+
    profile.runcall(outer) #+
calls = {key: value[:2] for key, value in pstats.Stats(profile).stats.items()} #+
print(sorted(calls.items())) #+
`;
    const application = new Application(python, { 'app.py': source });
    expect(application.runsAlike(['app.py'])).toMatchObject({ status: 0, stderr: '' });
    expect(application.lines('app.py')).toBe(marks(source));
  });

  test('pdb with a session of breakpoints, steps, frames and jumps', () => {
    const source = `def inner(n): #+
    total = 0 #+
    for x in range(n): #+
        total += x #+
    return total #+
def outer(): #+
    first = inner(2) #+
    second = inner(3) #+
    return first + second #+
print(outer()) #+
print("fine") #+
`;
    const application = new Application(python, { 'app.py': source });
    const commands =
      'b 4, x == 1|c|p x, total|w|u|p locals()|d|n|s|l|tbreak 8|c|s|s|n|until|r|disable|c|p outer()|c|q|';
    const input = commands.replaceAll('|', '\n');
    const { status, stdout } = application.runsAlike(['-m', 'pdb', 'app.py'], {}, { input });
    expect([status, stdout.includes('Breakpoint 1 at'), stdout.includes('fine')]).toEqual([0, true, true]);
    expect(application.lines('app.py')).toBe(marks(source));
    const set = source.replace('total = 0 #+', 'total = 0; breakpoint() #+');
    application.write('app.py', set);
    // On 3.13 it stops one line later as soon as there is any tool of sys.monitoring, as coverage.py's too.
    const run = python.version === '3.13' ? application.run : application.runsAlike;
    const stopped = run.call(application, ['app.py'], {}, { input: 'p n\nn\nc\nc\n' });
    expect([stopped.status, /^\(Pdb\) [23]$/m.test(stopped.stdout)]).toEqual([0, true]);
    expect(application.lines('app.py')).toBe(marks(set));
  });

  test('a trace function and a profile function: they see the same events as without us', () => {
    const source = `import sys, threading #+
events = [] #+
def trace(frame, event, argument): #+
    if "app.py" in frame.f_code.co_filename: #+
        events.append((event, frame.f_code.co_name, frame.f_lineno)) #+
    return trace #+
def work(n): #+
    try: #+
        return 1 // n #+
    except ZeroDivisionError: #+
        return None #+
sys.setprofile(lambda *args: trace(*args) and None) #+
sys.settrace(trace) #+
work(1), work(0) #+
sys.settrace(None) #+
sys.setprofile(None) #+
print(events) #+
`;
    const application = new Application(python, { 'app.py': source });
    const plain = application.runs(['app.py'], { PYCA_DATA: undefined, PYTHONPATH: undefined });
    expect(application.runs(['app.py'])).toBe(plain);
  });

  test.runIf(hasMonitoring)(
    'a tool of its own by sys.monitoring, which restarts events: it sees the same as without us',
    () => {
      const source = `import sys #+
monitoring = sys.monitoring #+
events = [] #+
def line(code, number): #+
    events.append((code.co_name, number)) #-
    return monitoring.DISABLE #-
def work(n): #+
    if n: #+
        return [x for x in range(n)] #+
    return None #+
monitoring.use_tool_id(2, "own") #+
monitoring.register_callback(2, monitoring.events.LINE, line) #+
monitoring.set_local_events(2, work.__code__, monitoring.events.LINE) #+
work(0) #+
work(2) #+
monitoring.restart_events() #+
work(2) #+
monitoring.set_local_events(2, work.__code__, 0) #+
monitoring.free_tool_id(2) #+
work(0) #+
print(events) #+
`;
      const application = new Application(python, { 'app.py': source });
      const plain = application.runs(['app.py'], { PYCA_DATA: undefined, PYTHONPATH: undefined });
      expect(application.runs(['app.py'])).toBe(plain);
      // Nothing is monitored while a callback of monitoring runs.
      expect(application.lines('app.py')).toBe(marks(source));
    },
  );

  test.runIf(hasMonitoring)('a tool of its own by the number that we leave: it sees the same as without us', () => {
    const source = `import sys #+
monitoring = sys.monitoring #+
seen = [] #+
def start(code, offset): #+
    if code.co_filename == __file__: #+
        seen.append(code.co_name) #-
def work(): #+
    return 1 #+
monitoring.use_tool_id(3, "own") #+
monitoring.register_callback(3, monitoring.events.PY_START, start) #+
monitoring.set_events(3, monitoring.events.PY_START) #+
work(), work() #+
monitoring.set_events(3, 0) #+
monitoring.free_tool_id(3) #+
print(seen, monitoring.get_tool(3)) #+
`.replace('if code.co_filename == __file__: #+', 'if code.co_filename == __file__:');
    const application = new Application(python, { 'app.py': source });
    expect(application.runsAlike(['app.py']).stdout).toBe("['work', 'work'] None\n");
    expect(statesOfMarked(application.lines('app.py'), source)).toBe(marks(source));
  });

  test.runIf(hasMonitoring)('one that takes our tool away: quiet from then on', () => {
    const source = `import sys
sys.monitoring.free_tool_id(4)
def function():
    return 1
function()
import other
print("fine")
`;
    const application = new Application(python, { 'app.py': source, 'other.py': 'x = 1\n' });
    expect(application.runs(['app.py'])).toBe('fine\n');
  });

  test('an application that replaces what we call', () => {
    const source = `import builtins, io, os, posixpath
def barred(*args, **options): raise SystemError("barred")
for module in (os, io, builtins): module.open = barred
os.link = os.unlink = os.stat = os.lstat = os.fstat = os.read = os.write = barred
builtins.compile = barred
exec(CODE)
print("fine")
`;
    const start = `CODE = compile(open("other.py").read(), "other.py", "exec")\n${source}`;
    const application = new Application(python, { 'app.py': start, 'other.py': 'x = 1\nif not x:\n    y = 2\n' });
    expect(application.runs(['app.py'])).toBe('fine\n');
    expect(application.lines('other.py')).toBe('++-');
  });
});
