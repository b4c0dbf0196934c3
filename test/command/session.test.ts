/** Sessions end to end: a server that never restarts, its agent, the command, HTTP, pytest; on each Python. */

import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { SessionSummary } from '../../agent/session/sessions.ts';
import { readAgentFile } from '../../agent/status/agent-file.ts';
import { parseRaw } from '../../coverage/raw-text.ts';
import { freePort } from '../broker/free-port.ts';
import { until } from '../broker/inbox.ts';
import { pythonPackages } from '../preload/python/packages.ts';
import { inChroot, onEachPython, type Python, supported } from '../preload/python/pythons.ts';
import { covered, ending, Project } from './project.ts';

const SERVER = `import http.server, sys
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = cart() if self.path == "/cart" else pay()
        self.send_response(200)
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *args):
        pass
def cart():
    return b"cart"
def pay():
    return b"paid"
print("up", flush=True)
http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
`;
/** What each request runs, and what is its own. */
const COMMON = [4, 5, 6, 7, 9];
const CART = [...COMMON, 11];
const PAY = [...COMMON, 13];

const guide = readFileSync(join(import.meta.dirname, '../../docs/sessions.md'), 'utf8');
const example = (language: string) => new RegExp(`\`\`\`${language}\n([^]*?)\`\`\``).exec(guide)?.[1] ?? '';

async function serve(python: Python, settings: Record<string, string> = {}) {
  const p = new Project({ 'server.py': SERVER });
  const port = await freePort();
  const run = p.start(['run', '--sessions', '--', python.command, 'server.py', String(port)], settings);
  await until(async () => run.output().includes('up'), 'the server is up');
  const ask = async (path: string) => (await fetch(`http://127.0.0.1:${port}${path}`)).text();
  await until(async () => (await ask('/warm-up')) === 'paid', 'the server answers');
  const lines = (name: string) =>
    parseRaw(p.pyca(['session', 'show', name, '--format', 'raw']).stdout).get('server.py')?.executed;
  return { p, run, ask, lines };
}

onEachPython('sessions', (python) => {
  test('tell exactly the lines of what ran between start and stop, while the total goes on', async () => {
    const { p, run, ask, lines } = await serve(python);
    await ask('/pay');
    const before = covered(p.collected());
    expect(p.pyca(['session', 'start', 'cart']).stdout).toBe('cart started\n');
    await ask('/cart');
    expect(p.pyca(['session', 'stop']).stdout).toMatch(/^cart: 40\.0 %: 6 of 15 statements in 1 file ran\n$/);
    await ask('/pay');
    expect(covered(p.collected())).toBe(before + 1);
    p.pyca(['session', 'start', 'pay']);
    for (let i = 0; i < 3; i++) await ask('/pay');
    p.pyca(['session', 'stop', 'pay']);
    p.pyca(['session', 'start', 'nothing']);
    p.pyca(['session', 'stop']);
    p.pyca(['session', 'start', 'open']);
    await ask('/cart');
    await ask('/pay');
    const expected = { cart: CART, pay: PAY, nothing: undefined, open: [...CART, 13] };
    for (const [name, executed] of Object.entries(expected)) expect([name, lines(name)]).toEqual([name, executed]);

    run.kill('SIGTERM');
    await ending(run);
    const list = JSON.parse(p.pyca(['session', 'list', '--json']).stdout) as SessionSummary[];
    expect(list.map(({ name, stopped }) => [name, stopped !== null])).toEqual([
      ['cart', true],
      ['pay', true],
      ['nothing', true],
      ['open', true],
    ]);
    expect(lines('open')).toEqual(expected.open);
    expect(p.pyca(['session', 'start', 'late']).stderr).toContain('AGENT_NOT_FOUND');
  });

  test('the recipe for pytest tells the lines of each test', () => {
    const packages = pythonPackages(python, 'pytest');
    const p = new Project({
      'conftest.py': example('python'),
      'shop.py': 'def cart():\n    return 1\ndef pay():\n    return 2\n',
      'test_shop.py':
        'import shop\ndef test_cart():\n    shop.cart()\ndef test_pay():\n    shop.pay()\ndef test_all():\n    shop.cart()\n    shop.pay()\n',
    });
    const command = [python.command, '-m', 'pytest', '-q', '-p', 'no:cacheprovider'];
    const { status, stdout } = p.pyca(['run', '--sessions', '--', ...command], { PYTHONPATH: packages });
    expect([status, stdout]).toEqual([0, expect.stringContaining('3 passed')]);
    const lines = (name: string) => {
      const coverage = parseRaw(p.pyca(['session', 'show', name, '--format', 'raw']).stdout);
      return ['shop.py', 'test_shop.py'].map((file) => coverage.get(file)?.executed);
    };
    expect(lines('test_cart')).toEqual([[2], [3]]);
    expect(lines('test_pay')).toEqual([[4], [5]]);
    expect(lines('test_all')).toEqual([
      [2, 4],
      [7, 8],
    ]);
  });
});

const python = supported.findLast((candidate) => !inChroot(candidate)) as Python;

test('by curl, as the guide has it, with a token of one’s own', async () => {
  const port = await freePort();
  const settings = { PYCA_SESSION_TOKEN: 'my-token', PYCA_STATUS_PORT: String(port) };
  const { p, ask } = await serve(python, settings);
  const curl = (method: string, env: NodeJS.ProcessEnv = settings) => {
    const script = example('sh').replace('9177', String(port)).replace('POST', method);
    return execFileSync('sh', ['-c', script], { env: { ...process.env, ...env }, encoding: 'utf8', stdio: 'pipe' });
  };
  expect(JSON.parse(curl('POST'))).toMatchObject({ name: 'checkout', stopped: null });
  await ask('/cart');
  expect(() => curl('DELETE', { PYCA_SESSION_TOKEN: 'guess' })).toThrow('401');
  expect(JSON.parse(curl('DELETE'))).toMatchObject({ name: 'checkout', lines: { covered: CART.length } });
  const url = ['--url', `http://127.0.0.1:${port}/`];
  expect(p.pyca(['session', 'list', ...url], settings).stdout).toContain('checkout  ');
  const wrong = p.pyca(['session', 'list', ...url], { PYCA_SESSION_TOKEN: 'guess' });
  expect([wrong.status, wrong.stderr]).toEqual([1, expect.stringContaining('SESSION_TOKEN_WRONG')]);
  const none = p.pyca(['session', 'list', '--url', `http://127.0.0.1:${await freePort()}`], settings);
  expect(none.stderr).toContain('nothing answers at');
  // Only its own user can read the agent's token.
  expect(execFileSync('stat', ['-c', '%a', join(p.folder, '.pyca/data/agent.json')], { encoding: 'utf8' })).toBe(
    '600\n',
  );
});

test('a session is reported once, by its name', async () => {
  const { createServer } = await import('node:http');
  const received: { session: string | undefined; raw: string }[] = [];
  const ingest = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => {
      body += chunk;
    });
    request.on('end', () => {
      const session = request.headers['pyca-session'] as string | undefined;
      received.push({ session, raw: JSON.parse(body).coverage.raw });
      response.end();
    });
  });
  await new Promise<void>((resolve) => ingest.listen(0, '127.0.0.1', resolve));
  const { port } = ingest.address() as { port: number };
  const { p, run, ask } = await serve(python, { PYCA_SINK: `http://127.0.0.1:${port}/reports` });
  p.pyca(['session', 'start', 'cart']);
  await ask('/cart');
  p.pyca(['session', 'stop']);
  const ofSessions = () => received.filter(({ session }) => session !== undefined);
  await until(async () => ofSessions().length > 0, 'it is reported');
  run.kill('SIGTERM');
  await ending(run);
  ingest.close();
  expect(ofSessions().map(({ session }) => session)).toEqual(['cart']);
  expect(parseRaw(ofSessions()[0]?.raw ?? '').get('server.py')?.executed).toEqual(CART);
  expect(received.filter(({ session }) => session === undefined).length).toBeGreaterThan(0);
});

test.each([
  [['session'], 'start, stop, list or show'],
  [['session', 'begin'], 'not "begin"'],
  [['session', 'start'], 'pyca session start NAME'],
  [['session', 'list'], 'AGENT_NOT_FOUND'],
])('%j says what to do', (args, text) => {
  const { status, stderr } = new Project().pyca(args);
  expect(status).toBeGreaterThan(0);
  expect(stderr).toContain(text);
});

test('the agent is found no more once it has ended, however it did', async () => {
  const { p, run } = await serve(python);
  const data = join(p.folder, '.pyca/data');
  expect(readAgentFile(data)?.pid).toBe(run.pid);
  run.kill('SIGKILL');
  await until(async () => readAgentFile(data) === undefined, 'it is gone');
  expect(p.pyca(['session', 'start', 'a']).stderr).toContain('AGENT_NOT_FOUND');
});
