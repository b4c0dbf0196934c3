/** The files that lines are handed over in. */

import { createHash } from 'node:crypto';
import { chmodSync, mkdirSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Application, marks } from './python/application.ts';
import { onEachPython } from './python/pythons.ts';

const sha256 = (...parts: (string | Uint8Array)[]) => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest('hex');
};

onEachPython('a line map', (python) => {
  test('is named by path and source, tells of both, and carries the source', () => {
    const source = 'x = 1\r\ny = "é"\rz = 3';
    const application = new Application(python, { 'app.py': source });
    const before = Date.now();
    application.runs(['app.py']);
    const path = join(application.app, 'app.py');
    expect(readdirSync(application.data)).toEqual([`${sha256(path, '\0', sha256(source)).slice(0, 32)}.lines`]);
    const [map] = application.maps();
    expect(map?.header).toEqual({
      v: 1,
      path,
      root: application.app,
      source: `sha256:${sha256(source)}`,
      lines: 3,
      runtime: `cpython-${python.version}`,
      created: expect.toSatisfy((ms) => ms >= before - 1 && ms <= Date.now()),
    });
    expect(Buffer.from(map?.source ?? []).toString()).toBe(source);
    expect(application.lines('app.py')).toBe('+++');
  });

  test('tells any path and root in one line of ASCII', () => {
    const name = fc.string({
      unit: fc.constantFrom('a', '"', '\\', '\n', '\t', '\x7f', 'é', '日', '🐍', ' '),
      minLength: 1,
      maxLength: 8,
    });
    for (const folder of fc.sample(name, 12)) {
      const application = new Application(python, {});
      application.write(join(folder, 'app.py'), 'x = 1\n');
      application.runs([join(folder, 'app.py')], { PYCA_SOURCE_ROOT: folder });
      const [map] = application.maps();
      expect(map?.header.path).toBe(join(application.app, folder, 'app.py'));
      expect(map?.header.root).toBe(join(application.app, folder));
      const file = readFileSync(join(application.data, readdirSync(application.data)[0] ?? ''));
      expect(file.subarray(0, file.indexOf('\n')).every((byte) => byte >= 0x20 && byte < 0x7f)).toBe(true);
    }
  });

  test('tells a path that is not UTF-8 by lone surrogates', () => {
    const application = new Application(python, {});
    const folder = Buffer.concat([Buffer.from(`${application.app}/caf`), Buffer.from([0xe9])]);
    mkdirSync(folder);
    writeFileSync(Buffer.concat([folder, Buffer.from('/app.py')]), 'x = 1\n');
    application.runs(['-c', 'import sys; sys.path.insert(0, "caf\\udce9"); import app']);
    expect(application.maps().map(({ header }) => header.path)).toEqual([`${application.app}/caf\udce9/app.py`]);
  });

  test('is writable for every user, whatever the umask', () => {
    const application = new Application(python, {
      'app.py': 'import os\nos.umask(0o077)\nimport other\n',
      'other.py': 'x = 1\n',
    });
    application.runs(['app.py']);
    const modes = readdirSync(application.data).map((name) => statSync(join(application.data, name)).mode & 0o777);
    expect(modes).toEqual([0o666, 0o666]);
  });

  test('costs no file descriptor, in any number', () => {
    const source = `import importlib, os, resource
resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
before = sorted(os.listdir("/proc/self/fd"))
for n in range(200):
    importlib.import_module(f"parts.part{n}")
print(sorted(os.listdir("/proc/self/fd")) == before)
`;
    const application = new Application(python, { 'app.py': source });
    for (let n = 0; n < 200; n++) application.write(`parts/part${n}.py`, 'x = 1\n');
    expect(application.runs(['app.py'])).toBe('True\n');
    expect(application.mapped().length).toBe(201);
  });

  test('of 50,000 lines', () => {
    const application = new Application(python, { 'app.py': 'x = 1\n'.repeat(50_000) });
    application.runs(['app.py']);
    expect(application.lines('app.py')).toBe('+'.repeat(50_000));
  });

  test('of a version that comes back is the newest again, for another user too', () => {
    const start = 'import os, sys\nif os.getuid() == 0 and sys.argv[1:]: os.setuid(65534)\nimport app\n';
    const application = new Application(python, { 'start.py': start });
    for (const folder of [application.folder, application.app]) chmodSync(folder, 0o755);
    chmodSync(application.data, 0o777);
    for (const source of ['x = 1\n', 'x = 1\ny = 2\n', 'x = 1\n']) {
      application.write('app.py', source);
      application.runs(['start.py', ...(source.includes('y') ? [] : ['as another user'])]);
      expect(application.lines('app.py')).toBe(source.replace(/.*\n/g, '+'));
    }
    expect(application.mapped()).toEqual(['app.py', 'app.py', 'start.py']);
  });

  test('of a process with -O has the lines that it leaves out: those without -O mark them', () => {
    const source = 'def function(x): #+\n    assert x, 2 #+\n    return x #+\nfunction(1) #+\n';
    const application = new Application(python, { 'app.py': source });
    application.runs(['-O', 'app.py']);
    expect(application.lines('app.py')).toBe('+-++');
    application.runs(['app.py']);
    expect(application.mapped()).toEqual(['app.py']);
    expect(application.lines('app.py')).toBe(marks(source));
  });

  test('that a process started was killed at is started anew', () => {
    const application = new Application(python, { 'app.py': 'x = 1\n' });
    application.runs(['app.py']);
    const [name = ''] = readdirSync(application.data);
    renameSync(join(application.data, name), join(application.data, 'gone'));
    // Its process id is not known before: leave what any of them would have left.
    const source = `import os, sys
for attempt in range(2):
    open(os.environ["PYCA_DATA"] + f"/.${name.slice(0, 32)}.{os.getpid()}.{attempt}.tmp", "x").close()
os.execv(sys.executable, [sys.executable, "app.py"])
`;
    application.write('start.py', source);
    application.runs(['start.py'], { PYCA_EXCLUDE: 'start.py' });
    expect(application.lines('app.py')).toBe('+');
  });
});
