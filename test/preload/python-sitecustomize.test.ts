/** Our sitecustomize.py gives way to the one it shadows: what a program sees is what it sees without us. */

import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { Application, preload, type Result } from './python/application.ts';
import { byProbes, onEachPython, type Python, supported, unsupported } from './python/pythons.ts';

/** Prints what it finds, in a syntax that every Python knows. */
const SEES = `
import sys
module = sys.modules.get("sitecustomize")
print([getattr(module, "__file__", None), getattr(module, "MARK", None)])
print([entry for entry in sys.path if entry != sys.path[0]])
print("usercustomize" in sys.modules)
try:
    import sitecustomize
    print([sitecustomize.__file__, sitecustomize is module])
except Exception:
    print([sys.exc_info()[0].__name__, str(sys.exc_info()[1])])
`;

const SHADOWED: Record<string, string | undefined> = {
  'is not there': undefined,
  'runs well': 'MARK = 1\nprint("shadowed")\n',
  'changes sys.path': 'import sys\nsys.path.append("/nowhere")\n',
  'replaces itself': 'import sys\nclass Other: MARK = 2; __file__ = "other"\nsys.modules[__name__] = Other\n',
  'raises an error': 'raise ValueError("broken")\n',
  'misses a module': 'import nowhere_to_be_found\n',
  'raises an ImportError of its own': 'raise ImportError("as if it were not there")\n',
  'has a syntax error': 'def (:\n',
  exits: 'raise SystemExit(3)\n',
};

/** Lines of a traceback name frames, ours among them; all else has to be the same. */
const comparable = ({ stderr, ...rest }: Result) => ({ ...rest, stderr: stderr.replace(/^ {2}.*\n/gm, '') });

function describeShadowing(python: Python): void {
  test('one with a relative path entry, where the working directory is gone', () => {
    const application = new Application(python, {});
    const script = 'mkdir gone && cd gone && rmdir ../gone && exec "$0" -c "print(1)"';
    const run = (PYTHONPATH: string) => {
      const env = application.environment({ PYTHONPATH });
      return spawnSync('sh', ['-c', script, python.command], { cwd: application.app, env, encoding: 'utf8' });
    };
    const [plain, injected] = [run('src'), run(`${preload}:src`)];
    // From 3.11 to 3.12 Python itself does not start there.
    expect([injected.status, injected.stdout]).toEqual([plain.status, plain.stdout]);
    if (plain.status === 0) expect(injected.stderr).toBe(plain.stderr);
  });

  for (const [name, content] of Object.entries(SHADOWED)) {
    test(`one that ${name}`, () => {
      const application = new Application(python, { 'see.py': SEES, 'lib/other.py': '' });
      if (content !== undefined) application.write('lib/sitecustomize.py', content);
      const lib = join(application.app, 'lib');
      const plain = application.run(['see.py'], { PYTHONPATH: lib, PYCA_DATA: undefined });
      for (const PYTHONPATH of [`${preload}:${lib}`, `${preload}:${lib}:${preload}/:${preload}`]) {
        expect(comparable(application.run(['see.py'], { PYTHONPATH }))).toEqual(comparable(plain));
      }
    });
  }
}

for (const python of unsupported) {
  describe(`what our sitecustomize shadows, Python ${python.version} (stands down)`, () => {
    describeShadowing(python);

    test('leaves no line map', () => {
      const application = new Application(python, { 'app.py': 'print(1)\n' });
      expect(application.runs(['app.py'], { PYCA_DEBUG: '1' })).toBe('1\n');
      expect(application.mapped()).toEqual([]);
    });
  });
}

test('there is a Python to test on', () => expect(supported.length).toBeGreaterThan(0));

onEachPython('what our sitecustomize shadows', (python) => {
  describeShadowing(python);

  test('a folder reached by two names is left by both', () => {
    const application = new Application(python, { 'see.py': SEES, 'lib/sitecustomize.py': 'MARK = 1\n' });
    const alias = join(application.folder, 'alias');
    symlinkSync(preload, alias);
    const lib = join(application.app, 'lib');
    const plain = application.runs(['see.py'], { PYTHONPATH: lib, PYCA_DATA: undefined });
    expect(application.runs(['see.py'], { PYTHONPATH: `${preload}:${alias}:${lib}` })).toBe(plain);
    expect(application.mapped()).toEqual(['see.py', 'sitecustomize.py']);
  });

  test('usercustomize is run as ever', () => {
    const application = new Application(python, { 'see.py': SEES });
    const site = join(application.folder, `lib/python${python.version}/site-packages`);
    mkdirSync(site, { recursive: true });
    writeFileSync(join(site, 'usercustomize.py'), 'print("user")\n');
    const environment = { PYTHONUSERBASE: application.folder };
    const plain = application.runs(['see.py'], { ...environment, PYTHONPATH: undefined, PYCA_DATA: undefined });
    expect(plain).toMatch(/^user\n/);
    expect(application.runs(['see.py'], environment)).toBe(plain);
  });

  test('a child process has the hook too', () => {
    const parent = 'import subprocess, sys\nsubprocess.run([sys.executable, "child.py"], check=True)\n';
    const application = new Application(python, { 'parent.py': parent, 'child.py': 'x = 1\n' });
    application.runs(['parent.py']);
    expect(application.mapped()).toEqual(['child.py', 'parent.py']);
  });
});

onEachPython('standing down', (python) => {
  const APP = byProbes(python)
    ? 'import _frozen_importlib_external as own\nprint(own.SourceLoader.get_code.__closure__ is None)\n'
    : 'import sys\nprint(not any(sys.monitoring.get_tool(tool) for tool in range(6)))\n';
  const NONE = 'True\n';

  test.each([
    ['PYCA_DATA is not set', { PYCA_DATA: undefined }],
    ['PYCA_DATA is empty', { PYCA_DATA: '' }],
    ['the data folder is not there', { PYCA_DATA: '/nowhere' }],
    ['the data folder is a file', { PYCA_DATA: '/etc/hostname' }],
  ])('%s', (_, environment) => {
    const application = new Application(python, { 'app.py': APP });
    expect(application.runs(['app.py'], environment)).toBe(NONE);
  });

  test.each(['-I', '-E', '-S'])('python %s does not read PYTHONPATH, or runs no sitecustomize', (option) => {
    const application = new Application(python, { 'app.py': APP });
    expect(application.runs([option, 'app.py'])).toBe(NONE);
  });

  test.skipIf(byProbes(python))('tools 3 and 4 are taken: 4 alone leaves 3, both leave nothing', () => {
    const taking = (...tools: number[]) =>
      `import sys\nfor tool in ${JSON.stringify(tools)}: sys.monitoring.use_tool_id(tool, "other")\n` +
      'import site\nsite.main()\nprint(sys.monitoring.get_tool(3), sys.monitoring.get_tool(4))\nimport app\n';
    const files = { 'one.py': taking(4), 'both.py': taking(3, 4), 'app.py': 'x = 1\n' };
    const application = new Application(python, files);
    expect(application.runs(['-S', 'both.py'])).toBe('other other\n');
    expect(application.mapped()).toEqual([]);
    expect(application.runs(['-S', 'one.py'])).toBe('pyca other\n');
    expect(application.lines('app.py')).toBe('+');
  });

  test('a collector that fails is silent, but tells who asks by PYCA_DEBUG', () => {
    const application = new Application(python, { 'app.py': 'print("fine")\n' });
    const broken = join(application.folder, 'preload');
    for (const part of [byProbes(python) ? '_pyca_probes.py' : '_pyca_collector.py', '_pyca_sources.py']) {
      cpSync(preload, broken, { recursive: true });
      writeFileSync(join(broken, part), 'raise RuntimeError("broken " + "part")\n');
      expect(application.runs(['app.py'], { PYTHONPATH: broken })).toBe('fine\n');
      const told = application.run(['app.py'], { PYTHONPATH: broken, PYCA_DEBUG: '1' });
      expect(told).toMatchObject({ status: 0, stdout: 'fine\n' });
      expect(told.stderr).toMatch(/^pyca: .*broken part.*\n$/);
    }
    expect(application.mapped()).toEqual([]);
  });

  test('in a subinterpreter where there is sys.monitoring, while the main one goes on', () => {
    const interpreters = python.series[1] <= 12 ? '_xxsubinterpreters' : '_interpreters';
    const source = `import ${interpreters} as interpreters
other = interpreters.create()
failure = interpreters.run_string(other, """if True:
    import sys
    sys.path.insert(0, ${JSON.stringify('.')})
    import inner
    assert not hasattr(sys, "monitoring") or sys.monitoring.get_tool(4) is None
""")
assert failure is None, failure
interpreters.destroy(other)
import app
`;
    const application = new Application(python, { 'main.py': source, 'inner.py': 'x = 1\n', 'app.py': 'x = 1\n' });
    application.runs(['main.py']);
    expect(application.mapped()).toEqual(['app.py', ...(byProbes(python) ? ['inner.py'] : []), 'main.py']);
  });
});

onEachPython('what an application can see of us', (python) => {
  test('no module, path entry, thread, hook or open file', () => {
    const source = `import sys, gc, os, threading, atexit, signal
print(sorted(name for name in sys.modules if "pyca" in name.lower()), [path for path in sys.path if "preload" in path])
print([path for path in sys.path_importer_cache if "preload" in path], threading.active_count(), gc.callbacks)
print(sys.gettrace(), sys.getprofile(), len(sys.meta_path), len(sys.path_hooks), atexit._ncallbacks())
print(sorted(os.listdir("/proc/self/fd")), [s for s in signal.Signals if callable(signal.getsignal(s))])
import app
print(sorted(os.listdir("/proc/self/fd")), threading.active_count())
`;
    const application = new Application(python, { 'see.py': source, 'app.py': 'x = 1\n' });
    const plain = application.runs(['see.py'], { PYTHONPATH: undefined, PYCA_DATA: undefined });
    expect(application.runs(['see.py'])).toBe(plain);
    expect(application.mapped()).toEqual(['app.py', 'see.py']);
  });

  test('out of scope, nothing is loaded that Python had not loaded by itself', () => {
    const source = 'import sys; print(sorted(name for name in sys.modules))';
    const application = new Application(python, {});
    const plain = application.runs(['-c', source], { PYTHONPATH: undefined, PYCA_DATA: undefined });
    expect(application.runs(['-c', source])).toBe(plain);
  });

  test('the preload is read-only: nothing is written to it', () => {
    const application = new Application(python, { 'app.py': 'x = 1\n' });
    const copy = join(application.folder, 'preload');
    cpSync(preload, copy, { recursive: true, filter: (path) => !path.includes('__pycache__') });
    const before = readdirSync(copy);
    application.runs(['app.py'], { PYTHONPATH: copy });
    expect(readdirSync(copy)).toEqual(before);
    expect(application.lines('app.py')).toBe('+');
  });
});
