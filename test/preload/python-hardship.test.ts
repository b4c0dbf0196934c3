/** Hard circumstances: limits, mounts, odd sources. The application runs as it would have, and what can be marked is. */

import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { DataFolder } from '../../agent/collection/data-folder.ts';
import { Application, marks, preload } from './python/application.ts';
import { onSomePythons } from './python/sample.ts';

const APP = `import os #+
def called(x): #+
    if x: #+
        return 1 #-
    print("called") #+
    return 2 #+
called(0) #+
`;

/** What the agent makes of the maps of an application that runs in its own folder. */
function agentSees(application: Application, name: string) {
  const warnings: string[] = [];
  const folder = new DataFolder(application.data, [], (_, reason) => warnings.push(reason));
  folder.read();
  return { ...folder.coverage().get(name), warnings };
}

/** The same, as a source's own marks tell it. */
function marked(source: string) {
  const lines = (wanted: string) => [...marks(source)].flatMap((mark, at) => (mark === wanted ? [at + 1] : []));
  return { executed: lines('+'), missing: lines('-'), warnings: [] };
}

onSomePythons('an odd source', (python) => {
  const latin = (text: string) => Buffer.from(text, 'latin1');
  test.each<[name: string, source: Buffer]>([
    ['latin-1 by its cookie', latin(`# -*- coding: latin-1 -*-\nname = "caf\xe9" #+\n${APP}`)],
    ['latin-1 by the cookie of an editor, on the second line', latin(`#!x\n# vim: set fileencoding=latin-1 :\n${APP}`)],
    ['cp1252', latin(`# coding: cp1252\nprice = "\x80" #+\n${APP}`)],
    ['with a byte order mark', Buffer.from(`\ufeff${APP}`)],
    ['with a byte order mark and a cookie', Buffer.from(`\ufeff# coding: utf-8\n${APP}`)],
    ['with lines that end in CR LF', Buffer.from(APP.replaceAll('\n', '\r\n'))],
    ['with lines that end in CR', Buffer.from(APP.replaceAll('\n', '\r'))],
    ['with form feeds, that are no line ends', Buffer.from(APP.replaceAll('def', '\fdef'))],
    ['with other line ends of Unicode in strings', Buffer.from(`text = "a\u2028b\u0085c\x0bd" #+\n${APP}`)],
    ['with tabs', Buffer.from(APP.replaceAll('    ', '\t'))],
    ['with a continued line at its end', Buffer.from(`${APP}x = 1 + \\\n    1\n`)],
    ['without a newline at its end', Buffer.from(APP.trimEnd())],
    ['with an escape of Windows at its end', Buffer.from(`${APP}\x20\x20# \x1a`)],
    ['with names beyond ASCII', Buffer.from(`größe = 1 #+\ndef 関数(ñ): #+\n    return ñ #+\n関数(größe) #+\n${APP}`)],
  ])('%s', (_, source) => {
    const application = new Application(python, {});
    writeFileSync(join(application.app, 'app.py'), source);
    expect(application.runsAlike(['app.py'])).toMatchObject({ status: 0, stdout: 'called\n', stderr: '' });
    const text = source.toString('latin1').replace(/\r\n?/g, '\n');
    const tail = text.includes('\\\n') ? 1 : 0;
    const { executed, ...rest } = agentSees(application, 'app.py');
    const expected = marked(text);
    expect({ executed: tail ? executed?.slice(0, -1) : executed, ...rest }).toEqual(expected);
  });

  test.each<[name: string, source: Buffer]>([
    ['that is no Python', Buffer.from('def (:\n')],
    ['with a NUL', Buffer.from('x = 1\0\n')],
    ['of a coding that is not there', Buffer.from('# coding: nowhere\nx = 1\n')],
    ['that is not the UTF-8 it has to be', latin('name = "caf\xe9"\n')],
    ['with an indentation of its own', Buffer.from('if 1:\n\tx = 1\n        y = 2\n')],
    ['nested too deeply', Buffer.from(`x = ${'('.repeat(300)}1${')'.repeat(300)}\n`)],
  ])('%s fails as ever', (_, source) => {
    const application = new Application(python, { 'app.py': 'try: import bad\nexcept BaseException as e: print(e)\n' });
    writeFileSync(join(application.app, 'bad.py'), source);
    expect(application.runsAlike(['app.py']).status).toBe(0);
    // Until 3.10 a script ended at a NUL, and there was no fault in it.
    expect([0, 1]).toContain(application.runsAlike(['bad.py']).status);
    expect(application.lines('app.py')).toBe('++');
    expect(application.maps().filter(({ header }) => header.path.endsWith('bad.py') && python.series[1] > 10)).toEqual(
      [],
    );
  });
});

onSomePythons('with a limit on', (python) => {
  const limited = (limit: string) => `import resource #+
${limit} #+
import other #+
`;
  test('the size of files: maps that fit are made, others are not', () => {
    const application = new Application(python, {
      'app.py': limited('resource.setrlimit(resource.RLIMIT_FSIZE, (8000, 8000))'),
      'other.py': `import large\n${APP}`,
      'large.py': '#\n'.repeat(5000),
    });
    expect(application.runsAlike(['app.py'])).toMatchObject({ status: 0, stdout: 'called\n', stderr: '' });
    expect(application.mapped()).toEqual(['app.py', 'other.py']);
    expect(application.lines('other.py')).toBe(`+${marks(APP)}`);
  });

  test('memory: it has as much left, but for the maps', () => {
    const source = `import mmap, os, resource #+
pages = int(open("/proc/self/statm").read().split()[0]) #+
limit = (pages + 8000) * mmap.PAGESIZE #+
resource.setrlimit(resource.RLIMIT_AS, (limit, limit)) #+
import other #+
taken = [] #+
try: #+
    while True: #+
        taken.append(bytearray(1 << 20)) #+
except MemoryError: #+
    reached = len(taken) #+
del taken #+
print(10 < reached < 64) #+
import after #+
`;
    const files = { 'other.py': APP, 'after.py': 'x = 1\n' };
    const application = new Application(python, { 'app.py': source, ...files });
    const { status, stdout, stderr } = application.run(['app.py']);
    expect([status, stdout, stderr]).toEqual([0, 'called\nTrue\n', '']);
    expect(application.lines('other.py')).toBe(marks(APP));
    expect(application.lines('after.py')).toBe('+');
  });

  test('processes and threads', () => {
    const application = new Application(python, {
      'app.py': limited('resource.setrlimit(resource.RLIMIT_NPROC, (1, 1))'),
      'other.py': APP,
    });
    expect(application.runsAlike(['app.py'])).toMatchObject({ status: 0, stdout: 'called\n', stderr: '' });
    expect(application.lines('other.py')).toBe(marks(APP));
  });

  test('core dumps, stack and locked memory at nothing', () => {
    const none = (name: string) => `resource.setrlimit(resource.RLIMIT_${name}, (0, 0))`;
    const application = new Application(python, {
      'app.py': limited(['CORE', 'MEMLOCK', 'MSGQUEUE'].map(none).join('; ')),
      'other.py': APP,
    });
    expect(application.runsAlike(['app.py'])).toMatchObject({ status: 0, stdout: 'called\n', stderr: '' });
    expect(application.lines('other.py')).toBe(marks(APP));
  });
});

const mountable = process.getuid?.() === 0 && spawnSync('unshare', ['--mount', 'true']).status === 0;

onSomePythons('mounted', (python) => {
  /** Runs a script of the shell among mounts of its own, as `$0` the Python; the rest in the environment. */
  const among = (application: Application, script: string, changes: Record<string, string | undefined> = {}) => {
    const env = application.environment({ DATA: application.data, APP: application.app, ...changes });
    const run = spawnSync('unshare', ['--mount', 'sh', '-ec', script, python.command], {
      cwd: '/',
      env,
      encoding: 'utf8',
    });
    return { status: run.status, stdout: run.stdout, stderr: run.stderr };
  };
  const FINE = { status: 0, stdout: 'called\n', stderr: '' };

  test.skipIf(!mountable)('read-only, all but the data folder', () => {
    const application = new Application(python, { 'app.py': APP });
    const script = `for folder in "$APP/.." /usr /var /etc; do mount --rbind "$folder" "$folder"; mount -o remount,bind,ro "$folder"; done
mount --bind "$DATA" "$DATA"; mount -o remount,bind,rw "$DATA"; cd "$APP"; ! touch x 2>/dev/null; exec "$0" app.py`;
    expect(among(application, script, { PYTHONDONTWRITEBYTECODE: undefined })).toEqual(FINE);
    expect(application.lines('app.py')).toBe(marks(APP));
  });

  test.skipIf(!mountable)('read-only with the data folder: nothing is marked', () => {
    const application = new Application(python, { 'app.py': APP });
    const script = 'mount --bind "$DATA" "$DATA"; mount -o remount,bind,ro "$DATA"; cd "$APP"; exec "$0" app.py';
    expect(among(application, script)).toEqual(FINE);
    expect(application.mapped()).toEqual([]);
  });

  test.skipIf(!mountable)('without leave to execute: data and preload need none', () => {
    const application = new Application(python, { 'app.py': APP });
    const script = `cp -r "$PRELOAD" "$APP/../copy"; mkdir "$APP/../small"
mount -t tmpfs -o noexec,nosuid,nodev,size=4m none "$APP/../small"; cp -r "$APP/../copy" "$APP/../small/preload"
cd "$APP"; PYTHONPATH="$APP/../small/preload" PYCA_DATA="$APP/../small" "$0" app.py; cp "$APP"/../small/*.lines "$DATA"`;
    expect(among(application, script, { PRELOAD: preload })).toEqual(FINE);
    expect(application.lines('app.py')).toBe(marks(APP));
  });

  test.skipIf(!mountable)('in another place: the files are known by where the application finds them', () => {
    const application = new Application(python, { 'app.py': APP });
    const script = 'mkdir "$APP/../there"; mount --bind "$APP" "$APP/../there"; cd "$APP/../there"; exec "$0" app.py';
    expect(among(application, script)).toEqual(FINE);
    renameSync(application.app, `${application.folder}/gone`);
    const paths = application.maps().map(({ header, lines }) => [header.path, Buffer.from(lines).toString()]);
    expect(paths).toEqual([[`${application.folder}/there/app.py`, marks(APP)]]);
  });
});

onSomePythons('a data folder', (python) => {
  test.each(['with spaces and a % sign', 'größe', '日本', "it's", 'semi;colon$HOME'])('named %s', (name) => {
    const application = new Application(python, { 'app.py': APP });
    const data = join(application.folder, name);
    renameSync(application.data, data);
    expect(application.run(['app.py'], { PYCA_DATA: data })).toMatchObject({ status: 0, stderr: '' });
    renameSync(data, application.data);
    expect(application.lines('app.py')).toBe(marks(APP));
  });

  test('that is taken away and comes back: what starts from then on is marked', () => {
    const source = `import os, shutil
data = os.environ["PYCA_DATA"]
shutil.rmtree(data)
import lost
os.mkdir(data)
import other
`;
    const application = new Application(python, { 'app.py': source, 'lost.py': 'x = 1\n', 'other.py': APP });
    expect(application.run(['app.py'])).toMatchObject({ status: 0, stdout: 'called\n', stderr: '' });
    expect(application.mapped()).toEqual(['other.py']);
  });

  test('shared with files of others, whose names are alike', () => {
    const application = new Application(python, { 'app.py': APP });
    for (const name of ['session', '.hidden', 'x.lines', `${'0'.repeat(32)}.lines.tmp`])
      writeFileSync(join(application.data, name), 'not ours');
    mkdirSync(join(application.data, 'sessions'));
    chmodSync(join(application.data, 'session'), 0o444);
    expect(application.run(['app.py'])).toMatchObject({ status: 0, stdout: 'called\n', stderr: '' });
    expect(agentSees(application, 'app.py')).toEqual(marked(APP));
  });

  test('of which a copy is read: a backup of maps is as good', () => {
    const application = new Application(python, { 'app.py': APP });
    application.run(['app.py']);
    const copy = join(application.folder, 'copy');
    cpSync(application.data, copy, { recursive: true });
    const folder = new DataFolder(copy);
    expect(folder.read()).toBe(true);
    expect(folder.coverage().get('app.py')).toEqual({ executed: marked(APP).executed, missing: marked(APP).missing });
  });
});
