/** Sessions: what runs between a start and a stop, in processes that run already. Sources say it themselves: `#+1` in session 1. */

import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { Application } from './python/application.ts';
import { onEachPython } from './python/pythons.ts';
import { SessionDouble, sessionMarks } from './python/session.ts';

const SESSIONS = { PYCA_SESSIONS: 'true' };

/** A process that prints a line when it is ready, and answers each line of its input by one. */
class Dialogue {
  readonly process: ChildProcess;
  readonly #lines: AsyncIterator<string>;
  stderr = '';

  constructor(application: Application, args: string[], changes: Record<string, string | undefined> = SESSIONS) {
    this.process = application.start(args, changes);
    onTestFinished(() => void this.process.kill('SIGKILL'));
    this.process.stderr?.on('data', (data) => {
      this.stderr += data;
    });
    this.#lines = this.#read();
  }

  async *#read(): AsyncGenerator<string> {
    let text = '';
    for await (const chunk of this.process.stdout ?? []) {
      text += chunk;
      for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n')) {
        yield text.slice(0, at);
        text = text.slice(at + 1);
      }
    }
  }

  async line(): Promise<string> {
    const { value, done } = await this.#lines.next();
    if (done) throw new Error(`it ended: ${this.stderr}`);
    return value;
  }

  async say(line: string): Promise<string> {
    this.process.stdin?.write(`${line}\n`);
    return await this.line();
  }

  async end(): Promise<unknown> {
    this.process.stdin?.end();
    const [status] = await once(this.process, 'exit');
    expect(this.stderr).toBe('');
    return status;
  }
}

/** Executes each line of its input from a place out of scope, as a framework calls its handlers. */
const CALLS = `import sys
print("ready", flush=True)
for line in sys.stdin:
    exec(compile(line, "<framework>", "exec"))
    print("done", flush=True)
`;

const HANDLERS = {
  'http.server in a thread': `import http.server, sys, threading #+
class Handler(http.server.BaseHTTPRequestHandler): #+
    def do_GET(self): #+
        if self.path == "/a": #+ab
            body = page("a") #+a
        else:
            body = page("b") #+b
        self.send_response(200) #+ab
        self.end_headers() #+ab
        self.wfile.write(body) #+ab
    def log_message(self, *_): #+
        pass #+ab
def page(name): #+
    return name.encode() #+ab
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) #+
threading.Thread(target=server.serve_forever, daemon=True).start() #+
print(server.server_port, flush=True) #+
sys.stdin.read() #+
`,
  asyncio: `import asyncio #+
async def handle(reader, writer): #+
    line = await reader.readline() #+ab
    while await reader.readline() != b"\\r\\n": #+ab
        pass #+ab
    if b"/a" in line: #+ab
        body = await page("a") #+a
    else:
        body = await page("b") #+b
    writer.write(b"HTTP/1.1 200 OK\\r\\nConnection: close\\r\\n\\r\\n" + body) #+ab
    await writer.drain() #+ab
    writer.close() #+ab
async def page(name): #+
    await asyncio.sleep(0) #+ab
    return name.encode() #+ab
async def main(): #+
    server = await asyncio.start_server(handle, "127.0.0.1", 0) #+
    print(server.sockets[0].getsockname()[1], flush=True) #+
    await asyncio.sleep(600) #+
asyncio.run(main()) #+
`,
  'workers that are forked': `import os, sys, framework #+
def handle(connection): #+
    line = connection.recv(10_000) #+ab
    body = b"a" #+ab
    if b"/b" in line: #+ab
        body = b"b" #+b
    body += b" %d" % os.getpid() #+ab
    connection.sendall(b"HTTP/1.1 200 OK\\r\\nConnection: close\\r\\n\\r\\n" + body) #+ab
    connection.close() #+ab
framework.serve(handle) #+
`,
};

/** Accepts connections in three forked workers, as gunicorn does; it ends with its input. */
const FRAMEWORK = `import os, socket, sys
def serve(handle):
    listener = socket.create_server(("127.0.0.1", 0))
    os.setpgid(0, 0)
    for _ in range(3):
        if os.fork() == 0:
            work(listener, handle)
    print(listener.getsockname()[1], flush=True)
    sys.stdin.read()
    os.killpg(0, 9)
def work(listener, handle):
    while True:
        handle(listener.accept()[0])
`;

const OUTSIDE = { ...SESSIONS, PYCA_EXCLUDE: 'start.py,framework.py' };

onEachPython('a session, in a server that never restarts', (python) => {
  const serving = async (source: string, changes = OUTSIDE) => {
    const application = new Application(python, { 'app.py': source, 'framework.py': FRAMEWORK });
    const session = new SessionDouble(application);
    const dialogue = new Dialogue(application, ['app.py'], changes);
    const port = await dialogue.line();
    const get = async (path: string) => await (await fetch(`http://127.0.0.1:${port}${path}`)).text();
    return { application, session, dialogue, get };
  };

  test.each(Object.entries(HANDLERS))('%s: all lines of its first request, and of no other', async (_, source) => {
    const { application, session, dialogue, get } = await serving(source);
    for (const path of ['/a', '/b', '/a', '/b']) expect(await get(path)).toContain(path.slice(1));
    const total = application.lines('app.py');
    session.begin(1);
    await get('/a');
    session.end();
    await get('/b');
    session.begin(2);
    await get('/b');
    expect(session.lines(1)).toEqual({ 'app.py': sessionMarks(source, 'a') });
    expect(session.lines(2)).toEqual({ 'app.py': sessionMarks(source, 'b') });
    expect(application.lines('app.py')).toBe(total);
    expect(dialogue.stderr).toBe('');
  });

  test('each of several workers looks for itself, one that is forked meanwhile too', async () => {
    const { session, get } = await serving(HANDLERS['workers that are forked']);
    session.begin(1);
    const workers = new Set<string>();
    for (const deadline = Date.now() + 60_000; workers.size < 3 && Date.now() < deadline; ) {
      const answers = await Promise.all(Array.from({ length: 6 }, () => get('/b')));
      for (const answer of answers) workers.add(answer);
    }
    expect(workers.size).toBe(3);
    expect(session.lines(1)).toEqual({ 'app.py': sessionMarks(HANDLERS['workers that are forked'], 'b') });
  });

  test('a loop of its own that waits: from its next turn on at the latest', async () => {
    const source = `${FRAMEWORK.replace('handle(listener.accept()[0])', 'connection = listener.accept()[0]\n        handle(connection)')}
${HANDLERS['workers that are forked'].replace(/import.*/, '').replace('framework.serve', 'serve')}`;
    const { session, get } = await serving(source.replace('range(3)', 'range(1)'));
    const line = (text: string) => source.split('\n').findIndex((each) => each.trim().startsWith(text));
    await get('/a');
    session.begin(1);
    await get('/a');
    expect(session.lines(1)['app.py']?.[line('connection.close()')]).toBe('+');
    await get('/a');
    for (const text of ['connection = ', 'handle(connection)', 'body += '])
      expect([text, session.lines(1)['app.py']?.[line(text)]]).toEqual([text, '+']);
    expect(session.lines(1)['app.py']?.[line('print(')]).toBe('-');
  });
});

onEachPython('a session', (python) => {
  const calling = async (files: Record<string, string>, { withControlFile = true } = {}) => {
    const application = new Application(python, { 'start.py': CALLS, ...files });
    const session = new SessionDouble(application, { withControlFile });
    const dialogue = new Dialogue(application, ['start.py'], OUTSIDE);
    await dialogue.line();
    return { application, session, dialogue };
  };

  const PARTS = `def one(): #+
    return 1 #+a
def two(): #+
    return 2 #+b
def steps(): #+
    while steps: #+c
        value = yield #+c
stepping = steps() #+
next(stepping) #+
short = lambda: 1 #+d
`;

  test.each([
    ['a function', 'a', 'app.one()'],
    ['another', 'b', 'app.two()'],
    ['a generator that goes on', 'c', 'next(app.stepping)'],
    ['a function in one line', 'd', 'app.short()'],
  ])('has the lines of %s alone', async (_, mark, call) => {
    const { session, dialogue } = await calling({ 'app.py': PARTS });
    for (const line of ['import app', 'app.one()', 'app.two()', 'next(app.stepping)', 'app.short()'])
      await dialogue.say(line);
    session.begin(1);
    await dialogue.say(call);
    expect(session.lines(1)).toEqual({ 'app.py': sessionMarks(PARTS, mark) });
    expect(await dialogue.end()).toBe(0);
  });

  test('has a module whole that is imported first in it, and what a process runs that starts in it', async () => {
    const { application, session, dialogue } = await calling({ 'app.py': PARTS });
    session.begin(1);
    await dialogue.say('import app');
    expect(session.lines(1)).toEqual({ 'app.py': '+-+-++++++' });
    session.begin(2);
    application.runs(['-c', 'import app; app.one()'], SESSIONS);
    expect(session.lines(2)).toEqual({ 'app.py': '+++-++++++' });
    expect(application.lines('app.py')).toBe('+++-++++++');
  });

  test('has the lines of very large code', async () => {
    const rows = Array.from({ length: 3000 }, (_, n) => `        "key${n}": [${n}, "v${n}", (${n}, x)],`);
    const source = `def table(x):\n    return {\n${rows.join('\n')}\n    }\ndef other():\n    return 1\n`;
    const { session, dialogue } = await calling({ 'app.py': source });
    for (const line of ['import app', 'app.table(1)', 'app.other()']) await dialogue.say(line);
    session.begin(1);
    await dialogue.say('app.table(1)');
    expect(session.lines(1)).toEqual({ 'app.py': `-${'+'.repeat(3001)}.--` });
  });

  test('begun and ended before anything ran leaves nothing, the next one has its own', async () => {
    const { session, dialogue } = await calling({ 'app.py': PARTS });
    for (const line of ['import app', 'app.one()', 'app.two()']) await dialogue.say(line);
    session.begin(1);
    session.end();
    session.begin(2);
    session.begin(3);
    await dialogue.say('app.one()');
    session.end();
    await dialogue.say('app.two()');
    expect([session.lines(1), session.lines(2)]).toEqual([{}, {}]);
    expect(session.lines(3)).toEqual({ 'app.py': sessionMarks(PARTS, 'a') });
  });

  test('of a number that comes again, unseen in between, has a folder of its own', async () => {
    const { session, dialogue } = await calling({ 'app.py': PARTS });
    for (const line of ['import app', 'app.one()', 'app.two()']) await dialogue.say(line);
    session.begin(1);
    await dialogue.say('app.one()');
    expect(session.lines(1)).toEqual({ 'app.py': sessionMarks(PARTS, 'a') });
    session.begin(1);
    await dialogue.say('app.two()');
    expect(session.lines(1)).toEqual({ 'app.py': sessionMarks(PARTS, 'b') });
  });

  test('without a folder to write to is done without, and the total goes on', async () => {
    const { application, session, dialogue } = await calling({ 'app.py': PARTS });
    await dialogue.say('import app');
    session.begin(1, { withFolder: false });
    await dialogue.say('app.one()');
    expect(application.lines('app.py')).toBe('+++-++++++');
    session.begin(2);
    chmodSync(session.folder(2), 0o555);
    if (process.getuid?.() === 0) await dialogue.say('import os; os.setuid(65534)');
    await dialogue.say('app.two()');
    expect(session.lines(2)).toEqual({});
    expect(await dialogue.end()).toBe(0);
  });

  test('reaches an application that is older than its agent', async () => {
    const { session, dialogue } = await calling({ 'app.py': PARTS }, { withControlFile: false });
    for (const line of ['import app', 'app.one()']) await dialogue.say(line);
    session.begin(1);
    await dialogue.say('app.one()');
    expect(session.lines(1)).toEqual({ 'app.py': sessionMarks(PARTS, 'a') });
  });

  test.each(['short\n', ''])('is not looked for in a control file that is none: %j', (content) => {
    const application = new Application(python, { 'app.py': PARTS });
    writeFileSync(join(application.data, 'session'), content);
    application.runs(['-c', 'import app; app.one()'], SESSIONS);
    expect(application.lines('app.py')).toBe('+++-++++++');
  });

  test('is not looked for unless sessions are on, nor where nothing is in scope', () => {
    const application = new Application(python, { 'app.py': PARTS });
    application.runs(['app.py']);
    application.runs(['-c', 'pass'], SESSIONS);
    expect(application.mapped()).toEqual(['app.py']);
    application.runs(['app.py'], SESSIONS);
    expect(application.mapped()).toEqual(['app.py', 'session']);
  });

  test('begins in the midst of a computation, however hot', async () => {
    const source = `import sys, threading #+
def turn(n): #+
    total = 0 #+a
    for i in range(3_000): #+a
        total = add(total, i) #+a
    return total #+a
def add(a, b): #+
    return a + b #+a
def work(): #+
    while True: #+a
        turn(1) #+a
threading.Thread(target=work, daemon=True).start() #+
print("ready", flush=True) #+
sys.stdin.read() #+
`;
    const application = new Application(python, { 'app.py': source });
    const session = new SessionDouble(application);
    const dialogue = new Dialogue(application, ['app.py']);
    await dialogue.line();
    await wait(500);
    session.begin(1);
    const expected = sessionMarks(source, 'a');
    await expect.poll(() => withoutHead(session.lines(1)['app.py']), { timeout: 30_000 }).toBe(withoutHead(expected));
  });

  /** A loop is entered once: what stands in its first line is only met again where it is turned there. */
  const withoutHead = (text = '') => text.slice(0, 9) + text.slice(10);

  test('costs no exception: none for want of stack, none that a signal handler raised is lost', () => {
    const source = `import signal, sys
def deep(n): return deep(n + 1)
for _ in range(3):
    try: deep(0)
    except RecursionError: pass
raised = caught = 0
def handler(*_):
    global raised
    raised += 1
    raise TimeoutError
def step(n): return n + 1
signal.signal(signal.SIGPROF, handler)
for _ in range(200):
    try:
        signal.setitimer(signal.ITIMER_PROF, 0.001)
        while True: step(1)
    except TimeoutError:
        caught += 1
monitoring = getattr(sys, "monitoring", None)
print(raised, caught, not monitoring or any(monitoring.get_events(tool) for tool in (3, 4)))
`;
    const application = new Application(python, { 'app.py': source });
    expect(application.runs(['app.py'], SESSIONS)).toBe('200 200 True\n');
  });
});
