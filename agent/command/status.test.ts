/** By the command itself, in a project and a home folder of their own. */

import { execFile, execFileSync } from 'node:child_process';
import { globSync, mkdirSync, realpathSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { repository } from '../../test/fixtures/git.ts';
import { httpServer } from '../../test/fixtures/http-server.ts';
import { temporaryFolder } from '../../test/fixtures/temporary-folder.ts';
import { startOf } from '../host/process-table.ts';
import type { AgentRecord } from '../user-agent/state-folder.ts';
import type { StatusFacts } from './status-facts.ts';

const PYCA = join(import.meta.dirname, '../../bin/pyca');
const SHOP = 'https://me:hunter2@git.example.org/acme/shop.git';

type Ended = { code: number; stdout: string; stderr: string };

class Shop {
  readonly home = realpathSync(temporaryFolder());
  readonly root = repository(join(this.home, 'shop'), SHOP);

  async status(args: string[], env: Record<string, string> = {}): Promise<Ended> {
    const options = { cwd: this.root, env: { PATH: '/usr/bin:/bin', HOME: this.home, ...env } };
    const run = promisify(execFile)(PYCA, ['status', ...args], options);
    return run.then(
      ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
      ({ code, stdout, stderr }) => ({ code, stdout, stderr }),
    );
  }

  async facts(args: string[], env?: Record<string, string>): Promise<StatusFacts & { code: number }> {
    const { code, stdout } = await this.status(['--json', ...args], env);
    return { code, ...JSON.parse(stdout) };
  }
}

test('where all is well: the facts, and exit code 0', async () => {
  const shop = new Shop();
  expect(await shop.facts([])).toMatchObject({
    code: 0,
    enabled: true,
    agents: [],
    project: { root: shop.root, repo: 'https://git.example.org/acme/shop.git', branch: 'main' },
    sink: { address: `file://${shop.root}/.pyca/reports.ndjson`, reachable: true },
    lastReport: { time: null, fingerprint: null },
    problems: [],
    notes: [],
  });
  const { stdout, stderr } = await shop.status([]);
  expect(stderr).toBe('');
  expect(stdout).toMatch(/^PYCA +\d+\.\d+\.\d+\nInstalled +in no Python/);
  expect(stdout).toContain('Settings     all are at their default (--all shows them)\n');
  expect(stdout).not.toContain('\u001b');
  expect((await shop.status(['--all'])).stdout).toMatch(/PYCA_FLUSH_INTERVAL +60 default\n/);
});

test('each setting with the place that it comes from, secrets masked', async () => {
  const shop = new Shop();
  writeFileSync(join(shop.root, '.env'), '# ours\nPYCA_SINK_TOKEN=hunter2\nPYCA_ENABLED=no\n');
  const env = { PCA_RABBITMQ_URL: 'amqp://me:hunter2@rabbit/', PYCA_PATH_MAPPING: '/app:src;/lib:lib' };
  const { stdout } = await shop.status(['--offline'], env);
  expect(stdout).toContain('Enabled      no\n');
  expect(stdout).toMatch(new RegExp(`PYCA_SINK_TOKEN +\\*\\*\\* PYCA_SINK_TOKEN \\(${shop.root}/.env, line 2\\)\n`));
  expect(stdout).toMatch(/PYCA_RABBITMQ_URL +amqp:\/\/\*\*\*@rabbit\/ PCA_RABBITMQ_URL\n/);
  expect(stdout).toMatch(/PYCA_PATH_MAPPING +\/app:src;\/lib:lib\n/);
  expect(stdout + JSON.stringify(await shop.facts(['--offline'], env))).not.toContain('hunter2');
});

test('what is wrong is named with its remedy, all of it, and the exit code is 1', async () => {
  const shop = new Shop();
  const env = { PYCA_FLUSH_INTERVAL: 'often', PYCA_SINK: 'amqp://me:hunter2@127.0.0.1:1/' };
  const { code, stdout } = await shop.status([], env);
  expect(code).toBe(1);
  expect(stdout).toContain('Sink         amqp://127.0.0.1:1/ coverage_exchange not reachable\n');
  expect(stdout).toMatch(/\nCONFIG_INVALID: PYCA_FLUSH_INTERVAL: expected seconds .*\n {2}correct the named setting/);
  expect(stdout).toMatch(/\nBROKER_UNREACHABLE: 127\.0\.0\.1:1: .*ECONNREFUSED.*\n {2}check RabbitMQ's address/);
  expect(stdout).not.toContain('hunter2');
  expect((await shop.facts(['--offline'], { PYCA_SINK: env.PYCA_SINK })).code).toBe(0);
});

test('an ingest is looked at without being sent anything, and not at all offline', async () => {
  const shop = new Shop();
  const ingest = await httpServer((response, { headers }) =>
    response.writeHead(headers.authorization === 'Bearer good' ? 405 : 401).end(),
  );
  const env = { PYCA_SINK: `${ingest.url}/ingest`, PYCA_SINK_TOKEN: 'good' };
  expect((await shop.facts([], env)).sink).toEqual({ address: env.PYCA_SINK, reachable: true });
  expect(ingest.received.map(({ method }) => method)).toEqual(['HEAD']);
  expect((await shop.facts(['--offline'], env)).sink.reachable).toBeNull();
  expect(ingest.received).toHaveLength(1);
  expect(await shop.facts([], { ...env, PYCA_SINK_TOKEN: 'bad' })).toMatchObject({
    code: 1,
    sink: { reachable: false },
    problems: [{ code: 'SINK_REFUSED', message: expect.stringContaining('401: the token is refused') }],
  });
});

test('what is bearable is told, and is no failure', async () => {
  const shop = new Shop();
  const github = await httpServer((response) => response.writeHead(404).end());
  expect(await shop.facts([], { PYCA_GITHUB_API_URL: github.url })).toMatchObject({
    code: 0,
    problems: [],
    notes: [{ code: 'REPO_ID_UNKNOWN', remedy: expect.stringContaining('GITHUB_TOKEN') }],
  });
});

test('Pythons with hooks are found on the PATH and in the virtual environment', async () => {
  const shop = new Shop();
  const environment = join(shop.home, 'venv');
  execFileSync('python3', ['-m', 'venv', '--without-pip', environment]);
  const [sitePackages = ''] = globSync(`${environment}/lib/python3*/site-packages`);
  writeFileSync(join(sitePackages, 'platform_coverage_agent.pth'), '');
  const onPath = await shop.facts(['--offline'], { PATH: `${environment}/bin:/usr/bin:/bin` });
  const active = await shop.facts(['--offline'], { VIRTUAL_ENV: environment });
  for (const { pythons, sink } of [onPath, active]) {
    const hooked = pythons.filter(({ folder }) => folder !== null);
    expect(hooked).toMatchObject([{ folder: sitePackages, version: expect.stringMatching(/^3\.\d+\.\d+/) }]);
    expect(dirname(hooked[0]?.python ?? '')).toBe(join(environment, 'bin'));
    // What the hooks collect goes to the default broker.
    expect(sink.address).toBe('amqp://localhost:5672/ coverage_exchange');
  }
  expect((await shop.facts(['--offline'])).pythons.every(({ folder }) => folder === null)).toBe(true);
});

test('the user’s agent: that it runs, what it reported of this project, and what keeps it from it', async () => {
  const shop = new Shop();
  const state = join(shop.home, '.local/state/pyca');
  mkdirSync(state, { recursive: true });
  const record: AgentRecord = {
    v: 1,
    pid: process.pid,
    start: startOf(process.pid) ?? '',
    version: '0.1.0',
    started: '2026-01-02T03:04:05.000Z',
    projects: [
      {
        root: shop.root,
        sink: 'amqp://rabbit:5672/',
        applications: 1,
        files: 2,
        lines: { executable: 10, covered: 7 },
        fingerprint: 'f'.repeat(64),
        lastReportTime: '2026-01-02T03:05:00.000Z',
        lastError: { code: 'BROKER_UNREACHABLE', message: 'rabbit:5672: gone', remedy: 'wait', time: '' },
      },
    ],
  };
  const write = (change: Partial<AgentRecord> = {}) =>
    writeFileSync(join(state, 'agent.json'), JSON.stringify({ ...record, ...change }));
  write();
  const { code, stdout } = await shop.status([]);
  expect(code).toBe(1);
  expect(stdout).toContain(`the user's agent, pid ${process.pid}, since 2026-01-02T03:04:05.000Z`);
  expect(stdout).toContain('Last report  2026-01-02T03:05:00.000Z, 7 of 10 lines\n');
  expect(stdout).toContain(`fingerprint ${'f'.repeat(64)}\n`);
  expect(stdout).toContain('\nBROKER_UNREACHABLE: rabbit:5672: gone\n  wait\n');
  write({ start: '1' });
  expect(await shop.facts([])).toMatchObject({ agents: [], lastReport: { lines: { covered: 7 } } });
});

test.each(['{', '[]', '{"v":1,"pid":1,"start":"1","projects":5}'])(
  'a record of the agent that is %j is none',
  async (text) => {
    const shop = new Shop();
    mkdirSync(join(shop.home, '.local/state/pyca'), { recursive: true });
    writeFileSync(join(shop.home, '.local/state/pyca/agent.json'), text);
    expect(await shop.facts(['--offline'])).toMatchObject({ code: 0, agents: [] });
  },
);

test('no escape sequence of a project’s reaches the terminal', async () => {
  const shop = new Shop();
  writeFileSync(join(shop.root, '.env'), 'PYCA_BRANCH="\u001b]0;mine\u0007main"\n');
  expect((await shop.status(['--offline'])).stdout).toContain('branch ?]0;mine?main');
});

test('an unknown option is named', async () => {
  expect(await new Shop().status(['--ofline'])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('there is no option --ofline; did you mean --offline?'),
  });
});
