/** Web servers, each as it is run in production: all lines of all workers, and nothing else that differs. */

import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { Application, marks, preload } from './python/application.ts';
import { type Package, pythonPackages } from './python/packages.ts';
import { onSomePythons } from './python/sample.ts';
import { Server, until } from './python/server.ts';

const PAGES = `def never(): #+
    return b"never" #-
def page(path): #+
    if path == "/a": #+
        return b"page a" #+
    if path == "/missing": #+
        return never() #-
    return b"other" #+
`;
const WSGI = `${PAGES}class Body: #+
    def __init__(self, path): #+
        self.path = path #+
    def __iter__(self): #+
        yield page(self.path) #+
def app(environ, start_response): #+
    start_response("200 OK", [("Content-Type", "text/plain")]) #+
    return Body(environ["PATH_INFO"]) #+
`;
const ASGI = `import asyncio #+
${PAGES}async def app(scope, receive, send): #+
    if scope["type"] != "http": #+
        raise NotImplementedError("http alone") #+
    await receive() #+
    body = await asyncio.ensure_future(answer(scope["path"])) #+
    await send({"type": "http.response.start", "status": 200, "headers": []}) #+
    await send({"type": "http.response.body", "body": body}) #+
async def answer(path): #+
    await asyncio.sleep(0) #+
    return page(path) #+
`;

const SERVERS: [name: string, packages: Package[], source: string, args: string[]][] = [
  ['gunicorn', ['gunicorn'], WSGI, ['-m', 'gunicorn', '-b', `unix:${Server.socket}`, '-w', '2', 'app:app']],
  [
    'gunicorn, threads, application loaded before the workers fork',
    ['gunicorn'],
    WSGI,
    ['-m', 'gunicorn', '-b', `unix:${Server.socket}`, '-w', '2', '--threads', '4', '--preload', 'app:app'],
  ],
  [
    'gunicorn, gevent',
    ['gunicorn', 'gevent', 'packaging'],
    WSGI,
    ['-m', 'gunicorn', '-b', `unix:${Server.socket}`, '-k', 'gevent', 'app:app'],
  ],
  ['uvicorn', ['uvicorn'], ASGI, ['-m', 'uvicorn', '--uds', Server.socket, 'app:app']],
  [
    'uvicorn, two workers on uvloop',
    ['uvicorn', 'uvloop'],
    ASGI,
    ['-m', 'uvicorn', '--uds', Server.socket, '--workers', '2', '--loop', 'uvloop', 'app:app'],
  ],
  [
    'hypercorn, two workers',
    ['hypercorn'],
    ASGI,
    ['-m', 'hypercorn', '-b', `unix:${Server.socket}`, '-w', '2', 'app:app'],
  ],
];

/** What two runs have in common: process ids, times and the order of lines of two workers differ. */
const comparable = (output: string) => output.replace(/\d+/g, '0').split('\n').sort();

onSomePythons('a server', (python) => {
  test.each(SERVERS)('%s', async (_, packages, source, args) => {
    const application = new Application(python, { 'app.py': source });
    const installed = pythonPackages(python, ...packages);
    const serve = async (environment: NodeJS.ProcessEnv) => {
      const server = new Server(application, [python.command, ...args], environment);
      await server.ready();
      const pages = await Promise.all(['/a', '/b', '/a', '/b', '/a', '/b'].map((path) => server.ask(path)));
      const lines = application.lines('app.py');
      const status = await server.stop();
      rmSync(join(application.app, Server.socket), { force: true });
      return { pages, lines, status, output: comparable(server.output) };
    };
    const plain = await serve(application.environment({ PYTHONPATH: installed, PYCA_DATA: undefined }));
    const injected = await serve(application.environment({ PYTHONPATH: `${preload}:${installed}` }));
    expect(plain.pages).toEqual(Array(3).fill(['200 page a', '200 other']).flat());
    expect(injected).toEqual({ ...plain, lines: marks(source) });
    expect(application.mapped()).toEqual(['app.py']);
  });

  test('uvicorn that reloads a changed source: each version has its lines', async () => {
    const application = new Application(python, { 'app.py': ASGI });
    const PYTHONPATH = `${preload}:${pythonPackages(python, 'uvicorn')}`;
    const args = ['-m', 'uvicorn', '--uds', Server.socket, '--reload', 'app:app'];
    const server = new Server(application, [python.command, ...args], application.environment({ PYTHONPATH }));
    await server.ready();
    expect(await server.ask('/a')).toBe('200 page a');
    expect(await server.ask('/b')).toBe('200 other');
    const changed = ASGI.replace('b"page a" #+', 'b"page a" #-').replace('b"other"', 'b"changed"');
    // What is written before the reloader's first look has not changed for it.
    const change = async () => {
      application.write('app.py', changed);
      await delay(1000);
      return server.ask('/b');
    };
    await until(change, (page) => page === '200 changed');
    const versions = application.maps().map((map) => [Buffer.from(map.source), Buffer.from(map.lines)].map(String));
    expect(versions.sort()).toEqual([ASGI, changed].map((source) => [source, marks(source)]).sort());
    await server.stop();
  });
});
