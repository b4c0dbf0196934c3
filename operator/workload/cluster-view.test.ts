import { describe, expect, test } from 'vitest';
import { type RawCoverageAgent, readCoverageAgent } from '../api/coverage-agent-object.ts';
import { reviewWorkload } from '../webhook/workload-review.ts';
import { ClusterView } from './cluster-view.ts';
import { ownerOf } from './owner.ts';
import { type RawPod, readPod } from './pod-view.ts';

const meta = (name: string, more: object = {}) => ({
  name,
  namespace: 'shop',
  uid: `uid-${name}`,
  resourceVersion: '1',
  creationTimestamp: '2025-01-01T00:00:00Z',
  ...more,
});

function written(name: string, enabled?: boolean, more: object = {}): RawCoverageAgent {
  const spec = { workloadRef: { kind: 'Deployment', name: 'checkout' }, ...(enabled === undefined ? {} : { enabled }) };
  return { apiVersion: 'pyca.io/v1alpha1', kind: 'CoverageAgent', metadata: meta(name, more), spec };
}

const MANAGED = { 'app.kubernetes.io/managed-by': 'pyca' };

function admission(annotations: object, templateAnnotations: object | undefined, namespace = 'shop') {
  const template = { metadata: templateAnnotations ? { annotations: templateAnnotations } : {}, spec: {} };
  return {
    uid: 'r',
    kind: { kind: 'Deployment' },
    operation: 'UPDATE' as const,
    namespace,
    object: { metadata: meta('checkout', { annotations }), spec: { template } },
  };
}

const ON = { 'pyca.io/enabled': 'true' };
const CARRIED = { 'pyca.io/inject': 'checkout' };

describe('the review of a workload', () => {
  test.each([
    ['annotated', ON, undefined, [{ op: 'add', path: '/spec/template/metadata/annotations', value: CARRIED }]],
    [
      'beside other annotations',
      ON,
      { a: '1' },
      [{ op: 'add', path: '/spec/template/metadata/annotations/pyca.io~1inject', value: 'checkout' }],
    ],
    ['carried already', ON, CARRIED, []],
    ['switched off', {}, CARRIED, [{ op: 'remove', path: '/spec/template/metadata/annotations/pyca.io~1inject' }]],
    ['template against it', ON, { 'pyca.io/enabled': 'false' }, []],
    ['nothing said', {}, undefined, []],
  ])('%s', (_, annotations, templateAnnotations, patch) => {
    expect(reviewWorkload(admission(annotations, templateAnnotations), new ClusterView('pyca-system')).patch).toEqual(
      patch,
    );
  });

  test.each(['pyca-system', 'kube-system'])('leaves %s alone', (namespace) => {
    expect(reviewWorkload(admission(ON, undefined, namespace), new ClusterView('pyca-system')).patch).toEqual([]);
  });

  test('warns of what will not be understood', () => {
    const annotations = { ...ON, 'pyca.io/flush-interval': 'soon' };
    const { warnings } = reviewWorkload(admission(annotations, { 'pyca.io/enabled': 'ja' }), new ClusterView('x'));
    expect(warnings).toEqual([
      expect.stringContaining('pyca.io/enabled is "ja"'),
      expect.stringContaining('pyca.io/flush-interval is "soon"'),
    ]);
  });

  test("follows a CoverageAgent that a user wrote, and not the operator's own", () => {
    const view = new ClusterView('pyca-system');
    view.setCoverageAgent('shop/own', readCoverageAgent(written('own', true, { labels: MANAGED })));
    expect(reviewWorkload(admission({}, CARRIED), view).patch).toHaveLength(1);
    view.setCoverageAgent('shop/mine', readCoverageAgent(written('mine')));
    expect(reviewWorkload(admission({}, CARRIED), view).patch).toEqual([]);
    view.setCoverageAgent('shop/mine', readCoverageAgent(written('mine', false)));
    expect(reviewWorkload(admission({}, CARRIED), view).patch).toHaveLength(1);
    view.setCoverageAgent('shop/mine', undefined);
    expect(view.coverageAgentsOf({ namespace: 'shop', kind: 'Deployment', name: 'checkout' }).written).toBeUndefined();
  });
});

test('of two CoverageAgents for one workload the older decides, whichever changes last', () => {
  const view = new ClusterView('pyca-system');
  const checkout = {
    namespace: 'shop',
    kind: 'Deployment',
    name: 'checkout',
    annotations: {},
    templateAnnotations: {},
  };
  const older = written('z', true);
  const younger = written('a', false, { creationTimestamp: '2025-01-02T00:00:00Z' });
  for (const changed of [older, younger, older, younger]) {
    view.setCoverageAgent(`shop/${changed.metadata.name}`, readCoverageAgent(changed));
    expect(view.decide(checkout).enabled).toBe(true);
  }
  view.setCoverageAgent('shop/z', undefined);
  expect(view.decide(checkout).enabled).toBe(false);
});

describe("a pod's owner", () => {
  const owner = (kind: string, name: string) => ({ apiVersion: 'x', kind, name, uid: 'u', controller: true });
  test.each([
    [
      'a Deployment',
      { labels: { 'pod-template-hash': 'abc' }, ownerReferences: [owner('ReplicaSet', 'web-abc')] },
      'Deployment',
      'web',
    ],
    ['a ReplicaSet alone', { ownerReferences: [owner('ReplicaSet', 'web')] }, 'ReplicaSet', 'web'],
    ['a StatefulSet', { ownerReferences: [owner('StatefulSet', 'db')] }, 'StatefulSet', 'db'],
    ['nobody', { name: 'solo' }, 'Pod', 'solo'],
    ['nobody, yet unnamed', { generateName: 'solo-' }, 'Pod', 'solo'],
  ])('%s', (_, metadata, kind, name) => {
    expect(ownerOf(metadata)).toEqual({ kind, name });
  });
});

test('of a pod is kept where its agent is and why it does not run', () => {
  const pod: RawPod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: meta('web-abc-1', {
      annotations: { 'pyca.io/status': 'injected' },
      labels: { 'pod-template-hash': 'abc' },
    }),
    spec: { initContainers: [{ name: 'pyca-agent', image: 'pyca:1', startupProbe: { httpGet: { port: 9178 } } }] },
    status: {
      phase: 'Pending',
      podIP: 'fd00::7',
      initContainerStatuses: [
        { name: 'pyca-agent', restartCount: 2, started: false, state: { waiting: { reason: 'CrashLoopBackOff' } } },
      ],
    },
  };
  expect(readPod(pod)).toMatchObject({
    templateHash: 'abc',
    running: true,
    agent: {
      address: { host: 'fd00::7', port: 9178 },
      started: false,
      restarts: 2,
      waiting: { reason: 'CrashLoopBackOff', message: '' },
    },
  });
  expect(readPod({ ...pod, metadata: meta('other') })).toBeUndefined();
});
