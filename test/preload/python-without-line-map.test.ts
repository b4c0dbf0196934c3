/** Where there can be no line map the application runs as it would have, and lines that can be marked are. */

import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Application } from './python/application.ts';
import { inChroot, onEachPython } from './python/pythons.ts';

const isRoot = process.getuid?.() === 0;

onEachPython('without a line map, an application runs as it would have', (python) => {
  const APP = 'def function():\n    print("fine")\nfunction()\n';

  test('folder not writable', () => {
    const application = new Application(python, {
      'app.py': `import os\nif os.getuid() == 0: os.setuid(65534)\nimport other\n`,
      'other.py': APP,
    });
    for (const folder of [application.folder, application.app]) chmodSync(folder, 0o755);
    chmodSync(application.data, 0o555);
    expect(application.runs(['app.py'])).toBe('fine\n');
    expect(application.lines('other.py')).toBeUndefined();
  });

  test.skipIf(!isRoot)('started by root, gone on with by another user: maps of both are marked', () => {
    const source = `import os
def function():
    return 1
os.umask(0o077)
os.setgroups([])
os.setgid(65534)
os.setuid(65534)
function()
import other
`;
    const application = new Application(python, { 'app.py': source, 'other.py': 'x = 1\n' });
    for (const folder of [application.folder, application.app]) chmodSync(folder, 0o755);
    chmodSync(application.data, 0o1777);
    application.runs(['app.py']);
    expect(application.lines('app.py')).toBe('+++++++++');
    expect(application.lines('other.py')).toBe('+');
  });

  test('no file descriptor left', () => {
    const source = `import os
code = compile(open("other.py").read(), "other.py", "exec")
taken = []
try:
    while True: taken.append(os.open("/dev/null", os.O_RDONLY))
except OSError:
    pass
exec(code)
for fd in taken: os.close(fd)
import later
`;
    const application = new Application(python, {
      'app.py': `import resource\nresource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))\n${source}`,
      'other.py': APP,
      'later.py': 'x = 1\n',
    });
    expect(application.runs(['app.py'])).toBe('fine\n');
    expect(application.mapped()).toEqual(['app.py', 'later.py']);
  });

  test.each([
    ['cut short', (path: string) => truncateSync(path, statSync(path).size - 1)],
    ['empty', (path: string) => truncateSync(path, 0)],
    ['of another kind', (path: string) => writeFileSync(path, 'x'.repeat(100_000))],
    ['of a promise that it does not keep', (path: string) => writeFileSync(path, '{"v":1}\n+++')],
  ])('a file in its place is %s', (_, spoil) => {
    const application = new Application(python, { 'app.py': APP });
    application.runs(['app.py']);
    const path = join(application.data, readdirSync(application.data)[0] ?? '');
    spoil(path);
    const spoilt = readFileSync(path);
    expect(application.runs(['app.py'])).toBe('fine\n');
    expect(readFileSync(path).equals(spoilt)).toBe(true);
  });

  test('a folder in its place', () => {
    const application = new Application(python, { 'app.py': APP });
    application.runs(['app.py']);
    const path = join(application.data, readdirSync(application.data)[0] ?? '');
    renameSync(path, join(application.folder, 'gone'));
    mkdirSync(path);
    expect(application.runs(['app.py'])).toBe('fine\n');
  });

  test('it runs generated files without end: no memory mapping for each', () => {
    const source = `import os
def mappings(): return sum(1 for _ in open("/proc/self/maps"))
before = mappings()
for n in range(20_500):
    name = f"part{n}.py"
    open(name, "w").write("x = 1\\n")
    exec(compile("x = 1", name, "exec"), {})
    os.remove(name)
print(mappings() - before)
`;
    const application = new Application(python, { 'app.py': source });
    expect(Number(application.runs(['app.py']))).toBeLessThan(20_200);
    expect(readdirSync(application.data)).toHaveLength(20_000);
  });

  test('the source is a pipe, read to its end', () => {
    const application = new Application(python, {});
    const script = 'mkfifo app.py && { echo "print(1)" >app.py & exec timeout 20 "$0" app.py; }';
    const env = application.environment();
    const run = spawnSync('sh', ['-c', script, python.command], { cwd: application.app, env, encoding: 'utf8' });
    expect(run).toMatchObject({ status: 0, stdout: '1\n', stderr: '' });
    expect(application.mapped()).toEqual([]);
  });

  test('the source is gone', () => {
    const source =
      'import os\ncode = compile(open("other.py").read(), "other.py", "exec")\nos.remove("other.py")\nexec(code)\n';
    const application = new Application(python, { 'app.py': source, 'other.py': APP });
    expect(application.runs(['app.py'])).toBe('fine\n');
    expect(application.mapped()).toEqual(['app.py']);
  });

  test('the folder goes away while it runs', () => {
    const source = 'import os, shutil\nshutil.rmtree(os.environ["PYCA_DATA"])\nimport other\n';
    const application = new Application(python, { 'app.py': source, 'other.py': APP });
    expect(application.runs(['app.py'])).toBe('fine\n');
    mkdirSync(application.data);
  });

  test.skipIf(inChroot(python))('the working directory is gone', () => {
    const application = new Application(python, { 'other.py': APP });
    const script =
      'mkdir gone && cd gone && rmdir ../gone && exec "$0" -c "import sys; sys.path.append(sys.argv[1]); import other" ..';
    const env = application.environment();
    const run = spawnSync('sh', ['-c', script.replace('" ..', `" ${application.app}`), python.command], {
      cwd: application.app,
      env,
      encoding: 'utf8',
    });
    expect(run).toMatchObject({ status: 0, stdout: 'fine\n', stderr: '' });
    expect(application.lines('other.py')).toBe('+++');
  });

  const mountable = isRoot && spawnSync('unshare', ['--mount', 'true']).status === 0;
  test.skipIf(!mountable)('the volume is full: no map is cut short, and none is fatal to touch', () => {
    const source = `import importlib, os, subprocess, sys
data = os.environ["PYCA_DATA"]
subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "none", data], check=True)
try:
    for n in range(60):
        importlib.import_module(f"part{n}").function()
finally:
    print([name for name in os.listdir(data) if not name.endswith(".lines")], len(os.listdir(data)))
    subprocess.run(["umount", "-l", data], check=True)
print("fine")
`;
    const application = new Application(python, { 'app.py': source });
    for (let n = 0; n < 60; n++)
      application.write(`part${n}.py`, `def function():\n    return 1\n${'#\n'.repeat(n * 100)}`);
    const stdout = application.runs(['app.py']);
    expect(stdout).toMatch(/^\[\] \d+\nfine\n$/);
    const maps = Number(/\d+/.exec(stdout)?.[0]);
    expect(maps).toBeGreaterThan(3);
    expect(maps).toBeLessThan(30);
  });
});
