/** The agent reads while applications write: never a torn state, nothing that ran is taken back, bounded in time and memory. */

import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { setImmediate as breathe } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { DataFolder } from '../../agent/collection/data-folder.ts';
import type { Coverage } from '../../coverage/file-lines.ts';
import { Application } from './python/application.ts';
import { supported } from './python/pythons.ts';
import { onSomePythons } from './python/sample.ts';

const MODULES = 120;
const FUNCTIONS = 25;
/** Runs all functions of all modules, a little at a time and in each process in another order. */
const WRITER = `import importlib, os, random, sys, time
children = []
for seed in range(4):
    pid = os.fork()
    if not pid:
        random.seed(seed)
        calls = [(m, f) for m in range(${MODULES}) for f in range(${FUNCTIONS}) if f % 4 == seed]
        random.shuffle(calls)
        for at, (m, f) in enumerate(calls):
            getattr(importlib.import_module(f"part{m}"), f"function{f}")()
            if at % 4 == 0: time.sleep(0.001)
        os._exit(0)
    children.append(pid)
for pid in children:
    os.waitpid(pid, 0)
`;
const MODULE = Array.from(
  { length: FUNCTIONS },
  (_, n) => `def function${n}():\n    total = (\n        ${n} +\n        1)\n    return total\n`,
).join('');

/** In a child of its own, as the agent is: prints what a first read of everything takes. */
const READER = `
const { DataFolder } = await import(process.argv[1]);
const folder = new DataFolder(process.argv[2], [], (file, reason) => console.error(file, reason));
const before = process.memoryUsage.rss();
let began = performance.now();
folder.read();
const files = folder.coverage().size;
const first = performance.now() - began;
began = performance.now();
folder.read();
folder.coverage();
const second = performance.now() - began;
console.log(JSON.stringify({ files, first, second, megabytes: (process.memoryUsage.rss() - before) / 2 ** 20 }));
`;

onSomePythons('read while they are written', (python) => {
  test('maps are never torn, and what ran stays so', async () => {
    const application = new Application(python, { 'app.py': WRITER });
    for (let n = 0; n < MODULES; n++) application.write(`part${n}.py`, MODULE);
    const warnings: string[] = [];
    const folder = new DataFolder(application.data, [], (file, reason) => warnings.push(`${file}: ${reason}`));
    const writer = application.start(['app.py']);
    const ended = once(writer, 'exit');
    let [running, looks, changes] = [true, 0, 0];
    ended.then(() => {
      running = false;
    });
    const ran = new Map<string, Set<number>>();
    const follow = (coverage: Coverage) => {
      for (const [path, { executed, missing }] of coverage) {
        const before = ran.get(path) ?? new Set();
        for (const line of before) if (!executed.includes(line)) throw new Error(`${path}:${line} was taken back`);
        if (path !== 'app.py') expect(executed.length + missing.length).toBe(3 * FUNCTIONS);
        ran.set(path, new Set(executed));
      }
    };
    while (running) {
      looks++;
      if (folder.read()) {
        changes++;
        follow(folder.coverage());
      }
      await breathe();
    }
    expect((await ended)[0]).toBe(0);
    folder.read();
    follow(folder.coverage());
    expect(warnings).toEqual([]);
    expect([looks > 5, changes > 3]).toEqual([true, true]);
    for (let n = 0; n < MODULES; n++) expect(ran.get(`part${n}.py`)?.size).toBe(3 * FUNCTIONS);
  });
});

const oldestAndNewest = supported.filter((_, index) => index % (supported.length - 1 || 1) === 0);
onSomePythons(
  'read after an application has started',
  (python) => {
    test('5,000 source files and one of 50,000 lines: seconds to read, milliseconds to look again', () => {
      const source = `import importlib, os, sys, time
for n in range(5000):
    with open(f"part{n}.py", "w") as file:
        file.write(f"def function(x):\\n    if x:\\n        return {n}\\n    return None\\nfunction(0)\\n" + "# comment\\n" * 40)
sys.path_importer_cache.clear()
with open("large.py", "w") as file:
    file.write("x = 1\\n" * 50000)
begin = time.process_time()
import large
for n in range(5000):
    importlib.import_module(f"part{n}")
print(time.process_time() - begin)
`;
      const application = new Application(python, { 'app.py': source });
      const seconds = Number(application.runs(['app.py']));
      expect(seconds).toBeLessThan(15);
      const agent = new URL('../../agent/collection/data-folder.ts', import.meta.url).pathname;
      const arguments_ = ['--input-type=module', '-e', READER, agent, application.data];
      const told = JSON.parse(execFileSync('node', arguments_, { encoding: 'utf8' }));
      expect(told).toMatchObject({ files: 5002 });
      expect(told.first).toBeLessThan(15_000);
      expect(told.second).toBeLessThan(1500);
      expect(told.megabytes).toBeLessThan(150);
    });
  },
  oldestAndNewest,
);
