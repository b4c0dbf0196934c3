/** Processes that fork, race, are killed: they share maps, and no line that ran is lost. */

import { once } from 'node:events';
import { expect, test } from 'vitest';
import { Application, marks } from './python/application.ts';
import { onEachPython } from './python/pythons.ts';

onEachPython('a process that', (python) => {
  const endings: Record<string, { code: string; signal: string | null; status: number | null }> = {
    'is killed': { code: 'os.kill(os.getpid(), 9)', signal: 'SIGKILL', status: null },
    'calls os._exit': { code: 'os._exit(3)', signal: null, status: 3 },
    'becomes another program': { code: 'os.execv("/bin/sh", ["sh", "-c", "exit 4"])', signal: null, status: 4 },
  };
  for (const [name, { code, signal, status }] of Object.entries(endings)) {
    test(`${name} has lost no line`, () => {
      const source = `import os #+\nx = 1 #+\n${code} #+\ny = 2 #-\n`;
      const application = new Application(python, { 'app.py': source });
      expect(application.run(['app.py'])).toEqual({ signal, status, stdout: '', stderr: '' });
      expect(application.lines('app.py')).toBe(marks(source));
    });
  }

  test('forks: parent and child mark one map, and the child starts maps of its own', () => {
    const source = `import os, sys #+
def parent(): #+
    return 1 #+
def child(): #+
    import other #+
    os._exit(0) #+
if os.fork(): #+
    os.wait() #+
    parent() #+
else: #+
    child() #+
`.replace('else: #+', 'else:');
    const application = new Application(python, { 'app.py': source, 'other.py': 'x = 1\n' });
    application.runs(['app.py']);
    expect(application.lines('app.py')).toBe(marks(source));
    expect(application.lines('other.py')).toBe('+');
  });

  test.each(['fork', 'spawn', 'forkserver'])('runs a pool of processes by %s', (method) => {
    const source = `import multiprocessing, sys #+
def work(n): #+
    return n + 1 #+
if __name__ == "__main__": #+
    context = multiprocessing.get_context(sys.argv[1]) #+
    with context.Pool(2) as pool: #+
        print(pool.map(work, range(3))) #+
`;
    const application = new Application(python, { 'app.py': source });
    expect(application.runs(['app.py', method])).toBe('[1, 2, 3]\n');
    expect(application.lines('app.py')).toBe(marks(source));
  });

  test('starts one module in many threads at once: one map, no line lost', () => {
    const source = `import sys, threading
sys.setswitchinterval(1e-6)
code = compile(open("app.py").read(), "app.py", "exec")
barrier = threading.Barrier(8)
def run(n):
    barrier.wait()
    exec(code, {"n": n})
threads = [threading.Thread(target=run, args=(n,)) for n in range(8)]
for thread in threads: thread.start()
for thread in threads: thread.join()
`;
    const app = Array.from({ length: 8 }, (_, n) => `if n == ${n}: #+\n    x = ${n} #+\n`).join('');
    const application = new Application(python, { 'app.py': app, 'start.py': source });
    application.runs(['start.py']);
    expect(application.mapped()).toEqual(['app.py', 'start.py']);
    expect(application.lines('app.py')).toBe(marks(app));
  });

  test('is started many times at once: one map, the lines of all', async () => {
    const app = `import sys #+\nn = int(sys.argv[1]) #+\n${[0, 1, 2, 3, 4, 5].map((n) => `if n == ${n}: #+\n    x = ${n} #+\n`).join('')}`;
    const application = new Application(python, { 'app.py': app });
    const processes = [0, 1, 2, 3, 4, 5].map((n) => application.start(['app.py', String(n)]));
    expect(await Promise.all(processes.map(async (process) => (await once(process, 'exit'))[0]))).toEqual([
      0, 0, 0, 0, 0, 0,
    ]);
    expect(application.mapped()).toEqual(['app.py']);
    expect(application.lines('app.py')).toBe(marks(app));
  });
});
