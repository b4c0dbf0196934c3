/** Other tools that watch the same application: theirs and ours both right. */

import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Application, marks, preload } from './python/application.ts';
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
  test.each(['ctrace', 'pytrace', 'sysmon'])('coverage run with its %s core', (core) => {
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

  test('coverage run with branches', () => {
    const application = new Application(python, { 'app.py': APP });
    const environment = { PYTHONPATH: `${preload}:${coveragePy(python)}` };
    application.runs(
      ['-m', 'coverage', 'run', '--branch', `--data-file=${application.folder}/c`, 'app.py'],
      environment,
    );
    expect(application.lines('app.py')).toBe(marks(APP));
  });

  test.each([
    ['cProfile', ['-m', 'cProfile', 'app.py']],
    ['profile', ['-m', 'profile', 'app.py']],
    ['trace', ['-m', 'trace', '--trace', '--ignore-dir=/usr:/root', 'app.py']],
    [
      'pdb',
      ['-m', 'pdb', '-c', 'break called', '-c', 'continue', '-c', 'clear 1', '-c', 'continue', '-c', 'quit', 'app.py'],
    ],
    ['-W error', ['-W', 'error', 'app.py']],
    ['-X dev', ['-X', 'dev', 'app.py']],
    ['-O', ['-O', 'app.py']],
    ['-v', ['-v', 'app.py']],
  ])('%s', (_, args) => {
    const application = new Application(python, { 'app.py': APP });
    const { status, stdout } = application.run(args);
    expect([status, stdout.includes('fine')]).toEqual([0, true]);
    expect(application.lines('app.py')).toBe(marks(APP));
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

  test('a tool of its own by sys.monitoring, which restarts events: it sees the same as without us', () => {
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
  });

  test('one that takes our tool away: quiet from then on', () => {
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
