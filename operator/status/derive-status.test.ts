import { describe, expect, test } from 'vitest';
import type { CoverageAgent } from '../api/coverage-agent-object.ts';
import type { PodView } from '../workload/pod-view.ts';
import type { Workload } from '../workload/workload.ts';
import type { ContainerAnswer } from './agent-answer.ts';
import { deriveStatus, type Sight } from './derive-status.ts';

const NOW = new Date('2025-11-23T10:00:00.500Z');

const agent: CoverageAgent = {
  namespace: 'shop',
  name: 'checkout',
  uid: 'u',
  generation: 3,
  created: '2025-01-01T00:00:00Z',
  managed: true,
  spec: { workloadRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'checkout' }, enabled: true },
  status: {},
};

function workload(rollout: Partial<Workload['rollout']> = {}, more: Partial<Workload> = {}): Workload {
  return {
    kind: 'Deployment',
    namespace: 'shop',
    name: 'checkout',
    uid: 'w',
    resourceVersion: '1',
    generation: 2,
    annotations: {},
    templateAnnotations: {},
    paused: false,
    deleting: false,
    rollout: { desired: 2, current: 2, updated: 2, observedGeneration: 2, ...rollout },
    ...more,
  };
}

function pod(name: string, more: Partial<PodView> = {}, container: Partial<PodView['agent']> = {}): PodView {
  return {
    name,
    namespace: 'shop',
    uid: name,
    workload: { namespace: 'shop', kind: 'Deployment', name: 'checkout' },
    templateHash: 'h',
    created: '2025-11-23T09:00:00Z',
    deleting: false,
    running: true,
    injection: 'injected',
    reason: '',
    agent: {
      address: { host: '10.0.0.1', port: 9177 },
      image: 'pyca:1',
      started: true,
      restarts: 0,
      waiting: undefined,
      ...container,
    },
    ...more,
  };
}

const answer = (more: Partial<ContainerAnswer> = {}): ContainerAnswer => ({
  name: 'app',
  lines: { executable: 10, covered: 4 },
  fingerprint: 'f',
  lastReportTime: '2025-11-23T09:59:48.700Z',
  lastError: null,
  ...more,
});

function derive(sight: Partial<Sight>, answers: Record<string, ContainerAnswer[]> = {}, failures = 0) {
  return deriveStatus({
    agent,
    workload: workload(),
    enabled: true,
    pods: [],
    reportOf: ({ uid }) => (answers[uid] ? { containers: answers[uid], failures } : undefined),
    lines: undefined,
    missingSecret: undefined,
    now: NOW,
    ...sight,
  });
}

const claim = (status: ReturnType<typeof derive>, type: string) => {
  const found = status.conditions?.find((candidate) => candidate.type === type);
  return found && [found.status, found.reason, found.message];
};

const two = [pod('a'), pod('b')];
const bothReport = { a: [answer()], b: [answer({ lastReportTime: '2025-11-23T09:59:50Z' })] };

test('two pods that report', () => {
  const status = derive({ pods: two, lines: { executable: 30, covered: 14 } }, bothReport);
  expect(status).toEqual({
    observedGeneration: 3,
    phase: 'Reporting',
    workload: 'Deployment/checkout',
    pods: { total: 2, injected: 2, reporting: 2 },
    podsReporting: '2/2',
    lines: { executable: 30, covered: 14 },
    coveragePercent: 46.6,
    coverage: '46.6%',
    lastReportTime: '2025-11-23T09:59:50Z',
    conditions: [
      ['Injected', 'True', 'AllPods', '2 of 2 pods carry the agent'],
      ['Reporting', 'True', 'PodsReport', '2 of 2 pods have reported'],
      ['Degraded', 'False', 'AsExpected', 'nothing is wrong'],
    ].map(([type, status, reason, message]) => ({
      type,
      status,
      reason,
      message,
      lastTransitionTime: '2025-11-23T10:00:00Z',
      observedGeneration: 3,
    })),
  });
});

describe.each<[string, Partial<Sight>, Record<string, ContainerAnswer[]>, string, string, RegExp]>([
  ['no workload', { workload: undefined }, {}, 'Off', 'WorkloadNotFound', /no Deployment "checkout"/],
  ['switched off', { enabled: false }, {}, 'Off', 'SwitchedOff', /enabled/],
  [
    'scaled to 0',
    { workload: workload({ desired: 0, current: 0, updated: 0 }) },
    {},
    'Pending',
    'ScaledToZero',
    /scaled to 0/,
  ],
  [
    'not rolled yet',
    { workload: workload({ observedGeneration: 1 }) },
    {},
    'Pending',
    'RolloutInProgress',
    /0 of 2 pods/,
  ],
  [
    'half rolled',
    { workload: workload({ updated: 1 }), pods: [pod('a')] },
    {},
    'Injecting',
    'RolloutInProgress',
    /1 of 2 pods/,
  ],
  ['paused', { workload: workload({ updated: 0 }, { paused: true }) }, {}, 'Pending', 'RolloutPaused', /is resumed/],
  ['operator was away', {}, {}, 'Pending', 'NotInjected', /kubectl -n shop rollout restart deployment\/checkout/],
  [
    'skipped',
    { pods: [pod('a', { injection: 'skipped', reason: 'windows: no' })] },
    {},
    'Skipped',
    'Skipped',
    /pod a started as it was: windows: no/,
  ],
  [
    'partial',
    { pods: [pod('a', { injection: 'partial', reason: 'value-from: x' }), pod('b')] },
    {},
    'Waiting',
    'PartlyInjected',
    /value-from: x/,
  ],
  ['no line yet', { pods: two }, { a: [answer({ lastReportTime: null })] }, 'Waiting', 'AllPods', /2 of 2/],
  ['one of two reports', { pods: two }, { a: [answer()] }, 'Reporting', 'AllPods', /2 of 2/],
])('%s', (_, sight, answers, phase, reason, message) => {
  test(`is ${phase}, because ${reason}`, () => {
    const status = derive(sight, answers);
    expect(status.phase).toBe(phase);
    const [, seen, text] = claim(status, 'Injected') ?? [];
    expect(seen).toBe(reason);
    expect(text).toMatch(message);
  });
});

const waiting = (reason: string) => ({ started: false, waiting: { reason, message: 'the kubelet says' } });
const error = (code: string) => ({ lastError: { code, message: 'm', remedy: 'r' } });

describe.each<[string, Partial<Sight>, Record<string, ContainerAnswer[]>, number, string, RegExp]>([
  [
    'image',
    { pods: [pod('a', {}, waiting('ImagePullBackOff'))] },
    {},
    0,
    'AgentImagePull',
    /pyca:1.*image.tag.*go on serving/,
  ],
  ['image, first try', { pods: [pod('a', {}, waiting('ErrImagePull'))] }, {}, 0, 'AgentImagePull', /pyca:1/],
  [
    'crash',
    { pods: [pod('a', {}, waiting('CrashLoopBackOff'))] },
    {},
    0,
    'AgentCrash',
    /kubectl logs a -c pyca-agent --previous/,
  ],
  [
    'container',
    { pods: [pod('a', {}, waiting('CreateContainerError'))] },
    {},
    0,
    'AgentNotStarted',
    /kubectl describe pod a/,
  ],
  [
    'no Secret',
    { pods: two, missingSecret: 'pyca-system/broker' },
    {},
    0,
    'BrokerSecretMissing',
    /Secret pyca-system\/broker with the key "url"/,
  ],
  [
    'broker',
    { pods: two },
    { b: [answer(error('BROKER_UNREACHABLE'))] },
    0,
    'AgentError',
    /^BROKER_UNREACHABLE: m: r$/,
  ],
  ['silence', { pods: two }, { a: [] }, 3, 'AgentSilent', /pod a on port 9177: a NetworkPolicy/],
])('what is wrong: %s', (_, sight, answers, failures, reason, message) => {
  test(`is Degraded, because ${reason}, with a remedy`, () => {
    const status = derive(sight, answers, failures);
    expect(status.phase).toBe('Degraded');
    const [holds, seen, text] = claim(status, 'Degraded') ?? [];
    expect([holds, seen]).toEqual(['True', reason]);
    expect(text).toMatch(message);
  });
});

test('what keeps reports back stands in Reporting too', () => {
  const [status, reason, message] =
    claim(derive({ pods: two, missingSecret: 'pyca-system/broker' }), 'Reporting') ?? [];
  expect([status, reason]).toEqual(['False', 'BrokerSecretMissing']);
  expect(message).toMatch(/^nothing was published to RabbitMQ yet: there is no broker/);
});

test('an address in what an agent says is not shown with its password', () => {
  const lastError = { code: 'X', message: 'connect amqp://u:p@host', remedy: null };
  expect(JSON.stringify(derive({ pods: two }, { a: [answer({ lastError })] }))).not.toContain('u:p@');
});

test('a pod that ends is not counted', () => {
  const status = derive({ pods: [...two, pod('c', { deleting: true })] }, bothReport);
  expect(status.pods).toEqual({ total: 2, injected: 2, reporting: 2 });
});

describe('from one look to the next', () => {
  const first = derive({ pods: two }, bothReport);
  const later = new Date(NOW.getTime() + 60_000);

  test('nothing changes where nothing has changed', () => {
    expect(derive({ pods: two, agent: { ...agent, status: first }, now: later }, bothReport)).toEqual(first);
  });

  test('only a condition that turns gets a new time', () => {
    const pods = [pod('a', {}, waiting('CrashLoopBackOff')), pod('b')];
    const second = derive({ pods, agent: { ...agent, status: first }, now: later }, bothReport);
    const times = second.conditions?.map(({ lastTransitionTime }) => lastTransitionTime);
    expect(times).toEqual(['2025-11-23T10:00:00Z', '2025-11-23T10:00:00Z', '2025-11-23T10:01:00Z']);
  });

  test('the last report is not forgotten with its pod', () => {
    expect(derive({ pods: [], agent: { ...agent, status: first } }).lastReportTime).toBe('2025-11-23T09:59:50Z');
  });
});

test.each([
  [{ executable: 3, covered: 3 }, '100.0%'],
  [{ executable: 1000, covered: 999 }, '99.9%'],
  [{ executable: 100_000, covered: 99_999 }, '99.9%'],
  [{ executable: 3, covered: 0 }, '0.0%'],
  [{ executable: 0, covered: 0 }, undefined],
])('%j is %s', (lines, coverage) => {
  expect(derive({ lines }).coverage).toBe(coverage);
});
