/** Sessions in pods: which lines run between a start and a stop, in processes that never restart. */

import { afterAll, beforeAll, expect, test } from 'vitest';
import { parseRaw } from '../../coverage/raw-text.ts';
import { askPod, RESTRICTED } from './application.ts';
import { NAMESPACE } from './installation.ts';
import { eventually, freshNamespace, kubectl } from './kubernetes.ts';
import { type Forward, forward } from './port-forward.ts';
import { deployProbe, lineOf, linesOfRequest } from './probe-application.ts';
import { ReportQueue } from './report-queue.ts';

const STATUS_PORT = 9177;
const TOKEN = 'e2e-session-token';
const namespace = 'e2e-sessions';
let queue: ReportQueue;
let pod: string;
let agent: Forward;

beforeAll(async () => {
  queue = await ReportQueue.open();
  await setToken(TOKEN);
  await freshNamespace(namespace, { 'pod-security.kubernetes.io/enforce': 'restricted' });
  const annotations = { 'pyca.io/enabled': 'true', 'pyca.io/flush-interval': '2', 'pyca.io/sessions': 'true' };
  pod = (await deployProbe(namespace, 'probe', { ...RESTRICTED, annotations })).metadata.name;
  agent = await forward(namespace, `pod/${pod}`, STATUS_PORT);
});
afterAll(async () => {
  agent?.child.kill();
  await queue?.close();
  await setToken(null);
});

/** In the Secret that the operator copies to where covered pods are. */
async function setToken(token: string | null): Promise<void> {
  const data = { 'session-token': token && Buffer.from(token).toString('base64') };
  const patch = ['--type', 'merge', '--patch', JSON.stringify({ data })];
  await kubectl('patch', 'secret', '-n', NAMESPACE, 'pyca-operator-broker', ...patch);
}

async function askAgent(method: string, path: string, token = TOKEN): Promise<{ status: number; body: string }> {
  const headers = { Authorization: `Bearer ${token}` };
  const response = await fetch(`http://127.0.0.1:${agent.port}${path}`, { method, headers });
  return { status: response.status, body: await response.text() };
}

const executed = (raw: string) => parseRaw(raw).get('probe.py')?.executed ?? [];
/** What reports say of the session of that name, or of the total. */
const reported = (session?: string) =>
  queue
    .of(namespace)
    .filter(({ headers }) => headers['pyca-session'] === session)
    .map(({ report }) => executed(report.coverage.raw));
const totalHas = (text: string) =>
  eventually(`the total has ${text}`, async () => reported().at(-1)?.includes(lineOf(text)) || undefined);

async function runSession(name: string, path: '/first' | '/second'): Promise<void> {
  // At first the Secret may still be on its way into the pod.
  await eventually('a session', async () => {
    expect(await askAgent('POST', `/sessions/${name}`)).toMatchObject({ status: 201 });
    return true;
  });
  await askPod(namespace, pod, path);
  const lines = linesOfRequest(path);
  expect(executed((await askAgent('GET', `/sessions/${name}/coverage`)).body)).toEqual(lines);
  const { status, body } = await askAgent('DELETE', `/sessions/${name}`);
  expect([status, JSON.parse(body)]).toMatchObject([200, { name, files: 1, lines: { covered: lines.length } }]);
  await eventually(`the report of ${name}`, async () => reported(name)[0]);
}

test('each session has the lines of its request alone, again and again, while the total grows', async () => {
  await askPod(namespace, pod, '/first');
  await totalHas('answer = "first"');
  expect(reported().at(-1)).not.toContain(lineOf('answer = "second"'));

  await runSession('second', '/second');
  await totalHas('answer = "second"');
  await runSession('first-again', '/first');
  expect(reported('second')).toEqual([linesOfRequest('/second')]);
  expect(reported('first-again')).toEqual([linesOfRequest('/first')]);
  expect(reported().at(-1)).toEqual(expect.arrayContaining(['import', 'first"', 'answer = "second"'].map(lineOf)));
});

test('nobody has a session without the token, but who may enter the agent’s container', async () => {
  expect(await askAgent('GET', '/sessions', 'another')).toMatchObject({ status: 401 });
  const command = ['/usr/bin/node', '/app/pyca.js', 'session', 'list'];
  const answer = await kubectl('exec', '-n', namespace, pod, '-c', 'pyca-agent', '--', ...command);
  expect(answer).toMatch(/^second .*\n.*^first-again /ms);
});
