/** uWSGI, which embeds Python: the hook knows it by its name, and its workers have their lines marked. */

import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { beforeAll, expect, test } from 'vitest';
import { hook, root } from './env/programs.ts';
import { Application, marks, preload } from './python/application.ts';
import { pythonPackages } from './python/packages.ts';
import { inChroot, type Python, supported } from './python/pythons.ts';
import { onSomePythons } from './python/sample.ts';
import { Server, until } from './python/server.ts';

const SOURCE = `import threading #+
def never(): #+
    return b"never" #-
def page(path): #+
    if path == "/a": #+
        return b"page a" #+
    if path == "/missing": #+
        return never() #-
    return b"other" #+
def application(environ, start_response): #+
    start_response("200 OK", [("Content-Type", "text/plain")]) #+
    yield page(environ["PATH_INFO"]) #+
`;

const WSGI = 'from app import application #+\n';

const FILE = ['--wsgi-file', 'wsgi.py'];
const WORKERS = ['--master', '--processes', '2'];
/** `loads`: how many processes say that they have loaded the application. */
const OPTIONS: [name: string, loads: number, options: string[]][] = [
  ['one process', 1, [...FILE]],
  ['a module', 1, ['--module', 'app']],
  ['a master, two workers', 1, [...FILE, ...WORKERS, '--auto-procname']],
  ['a master, two workers of four threads', 1, [...FILE, ...WORKERS, '--threads', '4']],
  ['workers that load the application themselves', 2, [...FILE, ...WORKERS, '--lazy-apps', '--enable-threads']],
];

beforeAll(() => {
  execFileSync(join(root, 'agent/preload/env/build.sh'), { stdio: ['ignore', 'inherit', 'inherit'] });
});

// Debian's Python has no headers in its chroot to build uWSGI with.
const buildable = supported.filter((python) => !inChroot(python));

function describeUwsgi(python: Python): void {
  test.each(OPTIONS)('%s', async (_, loads, options) => {
    const application = new Application(python, { 'app.py': SOURCE, 'wsgi.py': WSGI });
    const uwsgi = join(pythonPackages(python, 'uwsgi'), 'bin/uwsgi');
    const LD_LIBRARY_PATH = join(python.command, '../../lib');
    const serve = async (changes: Record<string, string | undefined>) => {
      const args = ['--http-socket', Server.socket, '--pythonpath', '.', '--need-app', '--die-on-term', '--vacuum'];
      const environment = application.environment({ PYTHONPATH: undefined, LD_LIBRARY_PATH, ...changes });
      const server = new Server(application, [uwsgi, ...args, ...options], environment);
      await server.ready();
      const pages = await Promise.all(['/a', '/b', '/a', '/b', '/a', '/b'].map((path) => server.ask(path)));
      const lines = application.lines('app.py');
      // A worker that is told to end while it starts takes a minute for it, or fails.
      await until(
        () => server.output.split(' ready in ').length - 1,
        (ready) => ready === loads,
      );
      await delay(300);
      return { pages, lines, status: await server.stop() };
    };
    const plain = await serve({ PYCA_DATA: undefined });
    expect(plain.pages).toEqual(Array(3).fill(['200 page a', '200 other']).flat());
    const injected = await serve({ LD_PRELOAD: hook, PYCA_PYTHONPATH: preload });
    expect(injected).toEqual({ ...plain, lines: marks(SOURCE) });
    // Below 3.12 nothing tells of code that C compiles and runs: what the file imports is all there is.
    const isTold = options.includes('wsgi.py') && python.series[1] >= 12;
    expect(application.lines('wsgi.py')).toBe(isTold ? marks(WSGI) : undefined);
  });
}

onSomePythons('uWSGI', describeUwsgi, buildable);
