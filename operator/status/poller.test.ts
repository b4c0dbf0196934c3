import { describe, expect, test } from 'vitest';
import type { Coverage } from '../../coverage/file-lines.ts';
import { printRaw } from '../../coverage/raw-text.ts';
import { createLogger } from '../../diagnostics/logger.ts';
import { Metrics } from '../metrics.ts';
import type { PodView } from '../workload/pod-view.ts';
import type { AgentPort } from './agent-answer.ts';
import { Poller } from './poller.ts';

const WORKLOAD = 'shop/Deployment/checkout';

/** Agents in memory: what each shows, by host, container by container. */
class Agents implements AgentPort {
  readonly shown = new Map<string, Record<string, Coverage>>();
  questions = 0;

  async status({ host }: { host: string }) {
    const containers = this.shown.get(host);
    if (!containers) throw new Error('connection refused');
    return Object.entries(containers).map(([name, coverage]) => {
      const lines = { executable: 0, covered: 0 };
      for (const { executed, missing } of coverage.values()) {
        lines.executable += executed.length + missing.length;
        lines.covered += executed.length;
      }
      const fingerprint = JSON.stringify([...coverage].map(([path, { executed }]) => [path, executed]));
      return { name, lines, fingerprint, lastReportTime: null, lastError: null };
    });
  }

  async coverage({ host }: { host: string }, container: string) {
    this.questions += 1;
    return printRaw(this.shown.get(host)?.[container] ?? new Map());
  }
}

function pod(uid: string, templateHash = 'h1', created = '2025-01-01T00:00:00Z'): PodView {
  return {
    name: uid,
    namespace: 'shop',
    uid,
    workload: { namespace: 'shop', kind: 'Deployment', name: 'checkout' },
    templateHash,
    created,
    deleting: false,
    running: true,
    injection: 'injected',
    reason: '',
    agent: { address: { host: uid, port: 1 }, image: '', started: true, restarts: 0, waiting: undefined },
  };
}

const file = (executed: number[], missing: number[]): Coverage => new Map([['app.py', { executed, missing }]]);

function setUp() {
  const agents = new Agents();
  return { agents, poller: new Poller(agents, new Metrics(), createLogger('test', 'silent')) };
}

describe('the lines of a workload', () => {
  test('are the union over its pods, a line that ran in one counted once', async () => {
    const { agents, poller } = setUp();
    agents.shown.set('a', { app: file([1, 2], [3, 4]) });
    agents.shown.set('b', { app: file([2, 3], [1, 4]) });
    await poller.poll([pod('a'), pod('b')]);
    expect(poller.lines(WORKLOAD)).toEqual({ executable: 4, covered: 3 });
  });

  test('are apart by container', async () => {
    const { agents, poller } = setUp();
    agents.shown.set('a', { app: file([1], [2]), worker: file([1, 2], []) });
    await poller.poll([pod('a')]);
    expect(poller.lines(WORKLOAD)).toEqual({ executable: 4, covered: 3 });
  });

  test('outlive the pod', async () => {
    const { agents, poller } = setUp();
    agents.shown.set('a', { app: file([1, 2], [3]) });
    await poller.poll([pod('a')]);
    agents.shown.set('b', { app: file([1], [2, 3]) });
    await poller.poll([pod('b')]);
    expect(poller.lines(WORKLOAD)).toEqual({ executable: 3, covered: 2 });
  });

  test('begin anew with a new pod template, and the old one counts no more', async () => {
    const { agents, poller } = setUp();
    agents.shown.set('a', { app: file([1, 2], [3]) });
    await poller.poll([pod('a')]);
    agents.shown.set('b', { app: file([1], [2, 3, 4]) });
    agents.shown.set('a', { app: file([1, 2, 3], []) });
    await poller.poll([pod('a'), pod('b', 'h2', '2025-01-02T00:00:00Z')]);
    expect(poller.lines(WORKLOAD)).toEqual({ executable: 4, covered: 1 });
  });

  test('are read again only where something has changed', async () => {
    const { agents, poller } = setUp();
    agents.shown.set('a', { app: file([1], [2]) });
    for (let i = 0; i < 3; i += 1) await poller.poll([pod('a')]);
    expect(agents.questions).toBe(1);
    agents.shown.set('a', { app: file([1], [2, 3]) });
    await poller.poll([pod('a')]);
    expect([agents.questions, poller.lines(WORKLOAD)]).toEqual([2, { executable: 3, covered: 1 }]);
  });

  test('are unknown before the first one, and forgotten on demand', async () => {
    const { agents, poller } = setUp();
    agents.shown.set('a', { app: new Map() });
    await poller.poll([pod('a')]);
    expect(poller.lines(WORKLOAD)).toBeUndefined();
    agents.shown.set('a', { app: file([1], []) });
    await poller.poll([pod('a')]);
    poller.forget(WORKLOAD);
    expect(poller.lines(WORKLOAD)).toBeUndefined();
  });
});

test('questions without an answer are counted, and what was known stays', async () => {
  const { agents, poller } = setUp();
  agents.shown.set('a', { app: file([1], []) });
  await poller.poll([pod('a')]);
  agents.shown.delete('a');
  await poller.poll([pod('a')]);
  await poller.poll([pod('a')]);
  expect(poller.report(pod('a'))).toMatchObject({ failures: 2, containers: [{ name: 'app' }] });
  agents.shown.set('a', { app: file([1], []) });
  await poller.poll([pod('a')]);
  expect(poller.report(pod('a'))?.failures).toBe(0);
  await poller.poll([]);
  expect(poller.report(pod('a'))).toBeUndefined();
});
