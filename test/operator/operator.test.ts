/** `pyca operator` against a real API server: webhooks, certificate, switch, CoverageAgent, status, clean-up. No nodes. */

import { type ChildProcess, spawn } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { dirname, join } from 'node:path';
import { connect } from 'node:tls';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { render } from '../../charts/helm.ts';
import type { Coverage } from '../../coverage/file-lines.ts';
import { fingerprint } from '../../coverage/fingerprint.ts';
import { printRaw } from '../../coverage/raw-text.ts';
import type { KubernetesClient } from '../../operator/kubernetes/client.ts';
import type { KubernetesObject, Secret } from '../../operator/kubernetes/objects.ts';
import {
  COVERAGE_AGENTS,
  DEPLOYMENTS,
  EVENTS,
  MUTATING_WEBHOOKS,
  PODS,
  pathOf,
  type Resource,
  SECRETS,
} from '../../operator/kubernetes/resources.ts';
import { type Certificates, takeStep } from '../../operator/webhook/certificate.ts';
import { ApiServer, eventually, freePort } from './api-server.ts';

const ROOT = dirname(dirname(import.meta.dirname));
const NAMESPACES: Resource = { apiVersion: 'v1', kind: 'Namespace', plural: 'namespaces', namespaced: false };
const SYSTEM = 'pyca-system';
const SHOP = 'shop';
const CONFIGURATION = 'pyca-operator';
const CERTIFICATE = 'pyca-operator-certificate';
const BROKER = 'pyca-operator-broker';
/** Where the test answers as the agents of pods do. */
const AGENT_ADDRESS = '127.77.0.1';

interface Deployment extends KubernetesObject {
  spec: { template: { metadata: { annotations?: Record<string, string> } } };
}
interface Pod extends KubernetesObject {
  spec: { initContainers?: { name: string }[]; containers: { name: string }[] };
}
interface CoverageAgent extends KubernetesObject {
  // biome-ignore lint/suspicious/noExplicitAny: what a user sees, looked at as JSON
  status?: any;
}
interface WebhookConfiguration extends KubernetesObject {
  webhooks: { clientConfig: { caBundle?: string } }[];
}

let server: ApiServer;
let client: KubernetesClient;
let operator: ChildProcess | undefined;
let webhookPort: number;
let metricsPort: number;
let output = '';

beforeAll(async () => {
  server = await ApiServer.start();
  client = server.client();
  for (const name of [SYSTEM, SHOP, 'solo']) await client.create(NAMESPACES, undefined, { metadata: { name } });
  server.kubectl('apply', '-f', join(ROOT, 'crds'));
  [webhookPort, metricsPort] = [await freePort(), await freePort()];
  await install();
  await startOperator();
});

afterAll(async () => {
  await stopOperator();
  await server.stop();
});

/** The chart's roles and webhooks as they are, but for the operator's address: it runs outside the cluster. */
async function install(): Promise<void> {
  const { manifests } = render();
  for (const { webhooks = [] } of manifests) {
    for (const webhook of webhooks) {
      webhook.clientConfig = { url: `https://127.0.0.1:${webhookPort}${webhook.clientConfig.service.path}` };
    }
  }
  const kinds = ['ClusterRole', 'ClusterRoleBinding', 'Role', 'RoleBinding', 'MutatingWebhookConfiguration'];
  const chosen = manifests.filter(({ kind }) => kinds.includes(kind));
  const path = join(server.folder, 'chart.json');
  await writeFile(path, JSON.stringify({ apiVersion: 'v1', kind: 'List', items: chosen }));
  server.kubectl('apply', '-f', path);
  await client.create(SECRETS, SYSTEM, { metadata: { name: BROKER }, data: { url: encode('amqp://u:p@broker') } });
}

const encode = (text: string) => Buffer.from(text).toString('base64');

function operatorProcess(
  args: string[],
  kubeConfig: string,
  ports = { webhook: webhookPort, metrics: metricsPort },
): ChildProcess {
  const child = spawn(join(ROOT, 'bin', 'pyca'), ['operator', ...args], {
    env: {
      PATH: process.env.PATH,
      KUBECONFIG: kubeConfig,
      PYCA_NAMESPACE: SYSTEM,
      PYCA_AGENT_IMAGE: 'pyca:test',
      PYCA_WEBHOOK_CONFIGURATION: CONFIGURATION,
      PYCA_CERTIFICATE_SECRET: CERTIFICATE,
      PYCA_BROKER_SECRET: BROKER,
      PYCA_WEBHOOK_PORT: String(ports.webhook),
      PYCA_METRICS_PORT: String(ports.metrics),
      PYCA_WEBHOOK_HOSTS: '127.0.0.1',
      PYCA_STATUS_INTERVAL: '1',
      PYCA_DRAIN: '100ms',
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (data) => (output += data));
  return child;
}

async function startOperator(): Promise<void> {
  operator = operatorProcess([], await server.writeKubeConfig(SYSTEM, 'pyca-operator'));
  await eventually(() => isReady(metricsPort), 'the operator ready');
  await eventually(async () => {
    const configuration = await client.get<WebhookConfiguration>(MUTATING_WEBHOOKS, undefined, CONFIGURATION);
    return configuration?.webhooks.every(({ clientConfig }) => clientConfig.caBundle);
  }, 'the caBundle');
}

const isReady = async (port: number) => (await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => undefined))?.ok;

/** Its exit code. */
async function stopOperator(): Promise<number | null> {
  const child = operator;
  operator = undefined;
  if (!child || child.exitCode !== null) return child?.exitCode ?? null;
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  return ended;
}

const labels = (name: string) => ({ app: name });

function deployment(name: string, annotations: Record<string, string> = {}): object {
  const containers = [{ name: 'app', image: 'app:1' }];
  const template = { metadata: { labels: labels(name) }, spec: { containers } };
  return { metadata: { name, annotations }, spec: { selector: { matchLabels: labels(name) }, template } };
}

/** As a ReplicaSet of the Deployment makes one. */
async function createPod(owner: string, hash: string, annotations: Record<string, string>): Promise<Pod> {
  return client.create<Pod>(PODS, SHOP, {
    metadata: {
      generateName: `${owner}-${hash}-`,
      labels: { ...labels(owner), 'pod-template-hash': hash },
      annotations,
      ownerReferences: [
        { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: `${owner}-${hash}`, uid: `uid-${hash}`, controller: true },
      ],
    },
    spec: { automountServiceAccountToken: false, containers: [{ name: 'app', image: 'app:1' }] },
  });
}

/** What the kubelet would write of a pod whose agent runs. */
async function markRunning(pod: Pod, podIP: string): Promise<void> {
  await client.merge(
    PODS,
    SHOP,
    pod.metadata.name,
    {
      status: {
        phase: 'Running',
        podIP,
        podIPs: [{ ip: podIP }],
        initContainerStatuses: [
          {
            name: 'pyca-agent',
            image: 'x',
            imageID: 'x',
            ready: true,
            started: true,
            restartCount: 0,
            state: { running: {} },
          },
        ],
      },
    },
    'status',
  );
}

const enabled = { 'pyca.io/enabled': 'true' };
const carried = async (name: string) =>
  (await client.get<Deployment>(DEPLOYMENTS, SHOP, name))?.spec.template.metadata.annotations?.['pyca.io/inject'];
const annotate = (name: string, value: string | null) =>
  client.merge<Deployment>(DEPLOYMENTS, SHOP, name, { metadata: { annotations: { 'pyca.io/enabled': value } } });
const coverageAgent = (name: string) => client.get<CoverageAgent>(COVERAGE_AGENTS, SHOP, name);
const eventsOf = async (name: string) => {
  type Event = KubernetesObject & { reason: string; message: string; type: string; involvedObject: { name: string } };
  const { items } = await client.list<Event>(EVENTS, { namespace: SHOP });
  return items.filter(({ involvedObject }) => involvedObject.name === name);
};

describe('the switch', () => {
  test('is carried in the admission itself: one generation, not two', async () => {
    const created = await client.create<Deployment>(DEPLOYMENTS, SHOP, deployment('born-on', enabled));
    expect(created.spec.template.metadata.annotations).toEqual({ 'pyca.io/inject': 'born-on' });
    await eventually(() => coverageAgent('born-on'), 'its CoverageAgent');
    expect((await client.get<Deployment>(DEPLOYMENTS, SHOP, 'born-on'))?.metadata.generation).toBe(1);
  });

  test('is carried to a Deployment that is annotated later, and taken back', async () => {
    await client.create(DEPLOYMENTS, SHOP, deployment('later'));
    expect(await carried('later')).toBeUndefined();
    const annotated = await annotate('later', 'true');
    expect(annotated.spec.template.metadata.annotations).toEqual({ 'pyca.io/inject': 'later' });
    const agent = await eventually(() => coverageAgent('later'), 'its CoverageAgent');
    expect(agent.metadata.ownerReferences?.[0]).toMatchObject({ kind: 'Deployment', name: 'later' });
    const secret = await eventually(() => client.get<Secret>(SECRETS, SHOP, 'pyca-broker'), 'the broker Secret');
    expect(Buffer.from(secret.data?.url ?? '', 'base64').toString()).toBe('amqp://u:p@broker');

    const switchedOff = await annotate('later', 'false');
    expect(switchedOff.spec.template.metadata.annotations).toBeUndefined();
    await eventually(async () => !(await coverageAgent('later')), 'its CoverageAgent gone');
    const events = await eventually(async () => {
      const seen = await eventsOf('later');
      return seen.some(({ reason }) => reason === 'CoverageRemoved') ? seen : undefined;
    }, 'the event');
    expect(events.map(({ type }) => type)).toEqual(['Normal']);
  });

  test('is carried by the controller to what was annotated while the operator was away', async () => {
    await client.create(DEPLOYMENTS, SHOP, deployment('before'));
    expect(await stopOperator()).toBe(0);
    await annotate('before', 'true');
    await client.create(DEPLOYMENTS, SHOP, deployment('born-in-absence', enabled));
    expect(await carried('before')).toBeUndefined();
    await startOperator();
    await eventually(() => carried('before'), 'the switch on "before"');
    await eventually(() => carried('born-in-absence'), 'the switch on "born-in-absence"');
    await annotate('before', null);
    expect(await carried('before')).toBeUndefined();
  });

  test('takes an unknown value for none, says so at once, and changes nothing', async () => {
    const created = await client.create<Deployment>(DEPLOYMENTS, SHOP, deployment('maybe'));
    const text = server.kubectl('-n', SHOP, 'annotate', 'deployment', 'maybe', 'pyca.io/enabled=maybe');
    expect(text).toContain('Warning: pyca.io/enabled is "maybe"');
    const [event] = await eventually(async () => {
      const events = await eventsOf('maybe');
      return events.length > 0 ? events : undefined;
    }, 'the event');
    expect(event).toMatchObject({ type: 'Warning', reason: 'CoverageSwitchUnknown' });
    expect(event?.message).toBe('pyca.io/enabled is "maybe" and counts as not set: set it to "true" or "false"');
    expect((await client.get<Deployment>(DEPLOYMENTS, SHOP, 'maybe'))?.spec).toEqual(created.spec);
    expect(await coverageAgent('maybe')).toBeUndefined();
  });

  test('follows a CoverageAgent that a user writes', async () => {
    await client.create(DEPLOYMENTS, SHOP, deployment('by-agent'));
    const spec = { workloadRef: { kind: 'Deployment', name: 'by-agent' } };
    await client.create(COVERAGE_AGENTS, SHOP, { metadata: { name: 'mine' }, spec });
    expect(await eventually(() => carried('by-agent'), 'the switch')).toBe('mine');
    expect(await coverageAgent('by-agent')).toBeUndefined();

    // As another operator does that owns the Deployment: it knows nothing of what we wrote, and writes all anew.
    const before = await client.get<Deployment>(DEPLOYMENTS, SHOP, 'by-agent');
    const path = pathOf(DEPLOYMENTS, { namespace: SHOP, name: 'by-agent' });
    const body = { apiVersion: 'apps/v1', kind: 'Deployment', ...deployment('by-agent') };
    const replaced = await client.request<Deployment>('PUT', path, { body });
    expect(replaced.metadata.generation).toBe(before?.metadata.generation);
    expect(replaced.spec).toEqual(before?.spec);

    await client.merge(COVERAGE_AGENTS, SHOP, 'mine', { spec: { enabled: false } });
    await eventually(async () => !(await carried('by-agent')), 'the switch taken back');
    await client.delete(COVERAGE_AGENTS, SHOP, 'mine');
  });
});

test("the broker's address is where it is needed, as long as it is, and a user's own Secret is left alone", async () => {
  const secret = () => client.get<Secret>(SECRETS, 'solo', 'pyca-broker');
  const url = async () => Buffer.from((await secret())?.data?.url ?? '', 'base64').toString();
  await client.create(DEPLOYMENTS, 'solo', deployment('only', enabled));
  await eventually(secret, 'the copy');
  await client.merge(SECRETS, SYSTEM, BROKER, { data: { url: encode('amqp://rotated') } });
  await eventually(async () => (await url()) === 'amqp://rotated', 'the rotated address');
  await client.merge(SECRETS, SYSTEM, BROKER, { data: { 'session-token': encode('s3cret') } });
  await eventually(async () => (await secret())?.data?.['session-token'] === encode('s3cret'), 'the token of sessions');
  expect(await url()).toBe('amqp://rotated');
  await client.merge(DEPLOYMENTS, 'solo', 'only', { metadata: { annotations: { 'pyca.io/enabled': null } } });
  await eventually(async () => !(await secret()), 'the copy gone');

  await client.create(SECRETS, 'solo', { metadata: { name: 'pyca-broker' }, data: { url: encode('amqp://mine') } });
  await client.merge(DEPLOYMENTS, 'solo', 'only', { metadata: { annotations: enabled } });
  await eventually(() => client.get(COVERAGE_AGENTS, 'solo', 'only'), 'the CoverageAgent');
  await client.merge(DEPLOYMENTS, 'solo', 'only', { metadata: { annotations: { 'pyca.io/enabled': null } } });
  await eventually(async () => !(await client.get(COVERAGE_AGENTS, 'solo', 'only')), 'the CoverageAgent gone');
  expect(await url()).toBe('amqp://mine');
});

describe('a pod', () => {
  test('is injected where the switch was carried, once and for all', async () => {
    const pod = await createPod('born-on', 'aaa', { 'pyca.io/inject': 'born-on' });
    expect(pod.metadata.annotations).toMatchObject({ 'pyca.io/status': 'injected' });
    expect(pod.spec.initContainers?.map(({ name }) => name)).toEqual(['pyca-agent']);
    await client.delete(PODS, SHOP, pod.metadata.name);
  });

  test('takes the settings of its Deployment', async () => {
    const annotations = { ...enabled, 'pyca.io/flush-interval': '7s', 'pyca.io/source-root': '/srv' };
    await client.create(DEPLOYMENTS, SHOP, deployment('tuned', annotations));
    const pod = JSON.stringify(await createPod('tuned', 'bbb', { 'pyca.io/inject': 'tuned' }));
    expect(pod).toContain('{"name":"PYCA_FLUSH_INTERVAL","value":"7"}');
    expect(pod).toContain('{"name":"PYCA_SOURCE_ROOT","value":"/srv"}');
    expect(pod).toContain('{"name":"PYCA_WORKLOAD","value":"Deployment/tuned"}');
  });

  test('starts as it was where an annotation cannot be read', async () => {
    const pod = await createPod('bad', 'ccc', { ...enabled, 'pyca.io/flush-interval': 'soon' });
    expect(pod.spec.initContainers).toBeUndefined();
    expect(pod.metadata.annotations?.['pyca.io/status']).toBe('skipped');
    expect(pod.metadata.annotations?.['pyca.io/reason']).toMatch(/^bad-annotation: pyca.io\/flush-interval is "soon"/);
  });

  test('is left alone where nothing asks for it', async () => {
    const pod = await createPod('plain', 'ddd', {});
    expect(pod.metadata.annotations).toBeUndefined();
  });
});

describe('the status', () => {
  const files: Coverage = new Map([['shop/cart.py', { executed: [1, 2, 3], missing: [4, 5] }]]);
  const more: Coverage = new Map([['shop/cart.py', { executed: [1, 4], missing: [2, 3, 5] }]]);
  let agents: Server;
  let shown: Coverage;
  let lastError: object | null = null;
  let questions = 0;

  beforeAll(async () => {
    shown = files;
    agents = createServer((request, response) => {
      if (request.url === '/coverage?container=app') {
        questions += 1;
        response.end(printRaw(shown));
        return;
      }
      const lines = [...shown.values()];
      const covered = lines.reduce((sum, { executed }) => sum + executed.length, 0);
      const executable = lines.reduce((sum, { missing }) => sum + missing.length, covered);
      const container = {
        name: 'app',
        files: shown.size,
        lines: { executable, covered },
        fingerprint: fingerprint(shown),
        lastReportTime: '2025-11-23T01:02:03.000Z',
        lastError,
      };
      response.end(JSON.stringify({ version: '0', ready: true, containers: [container] }));
    });
    await new Promise<void>((resolve) => agents.listen(9177, AGENT_ADDRESS, resolve));
  });

  afterAll(() => {
    agents.close();
  });

  test('shows in kubectl what the agents say, and keeps the lines of a pod that is gone', async () => {
    await client.create(DEPLOYMENTS, SHOP, deployment('checkout', enabled));
    const rollout = { replicas: 1, updatedReplicas: 1, observedGeneration: 1 };
    await client.merge(DEPLOYMENTS, SHOP, 'checkout', { status: rollout }, 'status');
    const first = await startPod('eee');

    await eventually(async () => (await coverageAgent('checkout'))?.status?.phase === 'Reporting', 'Reporting');
    const table = server.kubectl('-n', SHOP, 'get', 'cov', 'checkout');
    expect(
      table
        .split('\n')[0]
        ?.trim()
        .split(/\s{2,}/),
    ).toEqual(['NAME', 'WORKLOAD', 'PODS', 'COVERAGE', 'LAST REPORT', 'STATUS', 'AGE']);
    expect(table).toMatch(/checkout\s+Deployment\/checkout\s+1\/1\s+60.0%\s+\S+\s+Reporting/);
    expect(questions).toBe(1);

    await client.delete(PODS, SHOP, first.metadata.name);
    shown = more;
    await startPod('eee');
    const agent = await eventually(async () => {
      const seen = await coverageAgent('checkout');
      return seen?.status?.lines?.covered === 4 ? seen : undefined;
    }, 'the union of both pods');
    expect(agent.status).toMatchObject({ coverage: '80.0%', coveragePercent: 80, podsReporting: '1/1' });
    expect(agent.status.conditions.map(({ type, status }: { type: string; status: string }) => [type, status])).toEqual(
      [
        ['Injected', 'True'],
        ['Reporting', 'True'],
        ['Degraded', 'False'],
      ],
    );
  });

  test('is written only when something changes', async () => {
    const before = (await coverageAgent('checkout'))?.metadata.resourceVersion;
    await new Promise((resolve) => setTimeout(resolve, 4_000));
    expect((await coverageAgent('checkout'))?.metadata.resourceVersion).toBe(before);
  });

  test('says what is wrong, with the remedy, and that it is right again', async () => {
    lastError = { code: 'BROKER_UNREACHABLE', message: 'connect ECONNREFUSED', remedy: 'check the address' };
    const agent = await eventually(async () => {
      const seen = await coverageAgent('checkout');
      return seen?.status?.phase === 'Degraded' ? seen : undefined;
    }, 'Degraded');
    const degraded = agent.status.conditions.find(({ type }: { type: string }) => type === 'Degraded');
    expect(degraded).toMatchObject({ status: 'True', reason: 'AgentError' });
    expect(degraded.message).toBe('BROKER_UNREACHABLE: connect ECONNREFUSED: check the address');
    lastError = null;
    await eventually(async () => (await coverageAgent('checkout'))?.status?.phase === 'Reporting', 'Reporting');
    const reasons = (await eventsOf('checkout')).map(({ reason }) => reason);
    expect(new Set(reasons)).toEqual(new Set(['CoverageInjected', 'CoverageReporting', 'CoverageDegraded']));
  });

  test('starts anew with a new pod template', async () => {
    shown = files;
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    await startPod('fff');
    await eventually(
      async () => (await coverageAgent('checkout'))?.status?.lines?.covered === 3,
      'the new lines alone',
    );
  });

  async function startPod(hash: string): Promise<Pod> {
    const pod = await createPod('checkout', hash, { 'pyca.io/inject': 'checkout' });
    await markRunning(pod, AGENT_ADDRESS);
    return pod;
  }
});

describe('the certificate', () => {
  const configuration = () => client.get<WebhookConfiguration>(MUTATING_WEBHOOKS, undefined, CONFIGURATION);
  const bundles = async () => (await configuration())?.webhooks.map(({ clientConfig }) => clientConfig.caBundle);
  const authorities = async () =>
    Buffer.from((await bundles())?.[0] ?? '', 'base64')
      .toString()
      .match(/BEGIN/g)?.length;
  const HOSTS = ['pyca-operator.pyca-system.svc', 'pyca-operator.pyca-system.svc.cluster.local', '127.0.0.1'];
  const daysAgo = (days: number) => new Date(Date.now() - days * 86_400_000);

  /** What a server shows to someone who connects. */
  function served(port: number): Promise<string> {
    return new Promise((resolve, reject) => {
      const socket = connect({ host: '127.0.0.1', port, rejectUnauthorized: false }, () => {
        resolve(socket.getPeerX509Certificate()?.fingerprint256 ?? '');
        socket.destroy();
      });
      socket.on('error', reject);
    });
  }

  const fingerprintOf = (certificate: string) => new X509Certificate(certificate).fingerprint256;

  async function writeSecret({ authorities, serving, next }: Certificates): Promise<void> {
    const texts = {
      'ca.crt': authorities,
      'tls.crt': serving.certificate,
      'tls.key': serving.key,
      'next.crt': next?.certificate,
      'next.key': next?.key,
    };
    const data = Object.fromEntries(Object.entries(texts).map(([key, text]) => [key, text ? encode(text) : null]));
    await client.merge(SECRETS, SYSTEM, CERTIFICATE, { data });
  }

  const isInjected = async () => {
    const pod = await createPod('born-on', 'ggg', { 'pyca.io/inject': 'born-on' });
    await client.delete(PODS, SHOP, pod.metadata.name);
    return pod.metadata.annotations?.['pyca.io/status'] === 'injected';
  };

  test('is put back into the webhook configuration where someone overwrites it', async () => {
    const before = await bundles();
    const cut = [0, 1].map((i) => ({ op: 'remove', path: `/webhooks/${i}/clientConfig/caBundle` }));
    await client.patch(MUTATING_WEBHOOKS, undefined, CONFIGURATION, cut);
    await eventually(async () => JSON.stringify(await bundles()) === JSON.stringify(before), 'the caBundle back');
  });

  test('is made anew where its Secret is deleted, replicas agree on one, and admission goes on', async () => {
    const ports = { webhook: await freePort(), metrics: await freePort() };
    const replica = operatorProcess([], await server.writeKubeConfig(SYSTEM, 'pyca-operator'), ports);
    await eventually(() => isReady(ports.metrics), 'the second replica');
    expect(await served(ports.webhook)).toBe(await served(webhookPort));
    const before = await bundles();
    await client.delete(SECRETS, SYSTEM, CERTIFICATE);
    await eventually(async () => JSON.stringify(await bundles()) !== JSON.stringify(before), 'another caBundle');
    await eventually(async () => (await served(ports.webhook)) === (await served(webhookPort)), 'one certificate');
    expect(await authorities()).toBe(1);
    await eventually(isInjected, 'an injected pod');
    const ended = new Promise((resolve) => replica.once('exit', resolve));
    replica.kill('SIGTERM');
    expect(await ended).toBe(0);
  });

  test('is rotated in two steps, and each pod meanwhile is injected', async () => {
    const old = await takeStep('create', undefined, HOSTS, daysAgo(250));
    await writeSecret(old);
    await eventually(async () => (await authorities()) === 2, 'both CAs in the bundle');
    expect(await served(webhookPort)).toBe(fingerprintOf(old.serving.certificate));
    await eventually(isInjected, 'an injected pod');

    const staged = await takeStep('stage', old, HOSTS, daysAgo(1));
    await writeSecret(staged);
    const next = fingerprintOf(staged.next?.certificate ?? '');
    await eventually(async () => (await served(webhookPort)) === next, 'the next certificate');
    expect(await authorities()).toBe(2);
    await eventually(isInjected, 'an injected pod');
  });
});

test('metrics tell of injections, watches and the certificate', async () => {
  const text = await (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text();
  expect(text).toMatch(/pyca_injections_total\{result="injected",reason=""\} [1-9]/);
  expect(text).toMatch(/pyca_injections_total\{result="skipped",reason="bad-annotation"\} 1/);
  expect(text).toMatch(/pyca_admission_duration_seconds_bucket\{webhook="\/mutate\/pods",le="0.015"\} [1-9]/);
  expect(text).toMatch(/pyca_certificate_expiry_timestamp_seconds \d+/);
  expect(text).not.toContain('pyca_reconcile_errors_total{');
});

test('nothing was forbidden: the roles of the chart are enough', () => {
  expect(output).not.toMatch(/forbidden|"level":"error"/i);
});

test('clean-up leaves no webhook, annotation, CoverageAgent or Secret, and may run twice', async () => {
  await client.create(DEPLOYMENTS, SHOP, deployment('still-on', enabled));
  await eventually(() => coverageAgent('still-on'), 'its CoverageAgent');
  // The operator's own Deployment and pod, as the API has them; the process is this test's.
  const own = deployment(CONFIGURATION) as { spec: { template: object } };
  await client.create(DEPLOYMENTS, SYSTEM, own);
  const pod = { ...own.spec.template, metadata: { name: CONFIGURATION, labels: labels(CONFIGURATION) } };
  await client.create(PODS, SYSTEM, pod);
  const cleanUp = async () => {
    const child = operatorProcess(['--clean-up'], await server.writeKubeConfig(SYSTEM, 'pyca-clean-up'));
    return new Promise<number | null>((resolve) => child.once('exit', resolve));
  };
  const first = cleanUp();
  await eventually(() => output.includes('webhook configuration deleted'), 'the webhooks gone');
  expect(await carried('still-on')).toBe('still-on');
  await stopOperator();
  await client.delete(PODS, SYSTEM, CONFIGURATION);
  expect(await first, output.slice(-2_000)).toBe(0);
  expect(await client.get(DEPLOYMENTS, SYSTEM, CONFIGURATION)).toMatchObject({ spec: { replicas: 0 } });
  expect(await cleanUp(), output.slice(-2_000)).toBe(0);
  expect(await client.get(MUTATING_WEBHOOKS, undefined, CONFIGURATION)).toBeUndefined();
  const { items: deployments } = await client.list<Deployment>(DEPLOYMENTS, { namespace: SHOP });
  for (const { spec } of deployments) expect(spec.template.metadata.annotations).toBeUndefined();
  expect((await client.list(COVERAGE_AGENTS)).items).toEqual([]);
  expect(await client.get(SECRETS, SHOP, 'pyca-broker')).toBeUndefined();
  expect(await client.get(SECRETS, SYSTEM, CERTIFICATE)).toBeUndefined();
  expect(await client.get(SECRETS, SYSTEM, BROKER)).toBeDefined();
  expect((await client.get<Deployment>(DEPLOYMENTS, SHOP, 'still-on'))?.metadata.annotations).toEqual(enabled);
});
