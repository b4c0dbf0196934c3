import { request } from 'node:https';
import { connect } from 'node:tls';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createLogger } from '../../diagnostics/logger.ts';
import { Metrics } from '../metrics.ts';
import { issue, type KeyPair } from './certificate.ts';
import { WebhookServer } from './server.ts';

const HOST = 'localhost';
const review = (uid = 'u1', more: object = {}) => ({
  apiVersion: 'admission.k8s.io/v1',
  kind: 'AdmissionReview',
  request: {
    uid,
    kind: { group: '', version: 'v1', kind: 'Pod' },
    operation: 'CREATE',
    namespace: 'shop',
    object: {},
    ...more,
  },
});

let server: WebhookServer;
let metrics: Metrics;
let port: number;
let authority: string;
let pair: KeyPair;

beforeEach(async () => {
  metrics = new Metrics();
  ({ authority, pair } = await issue([HOST], new Date()));
  server = new WebhookServer({
    metrics,
    log: createLogger('test', 'silent'),
    routes: {
      '/patch': () => ({ patch: [{ op: 'add', path: '/x', value: 1 }], warnings: ['mind this'] }),
      '/broken': () => {
        throw new Error('a fault of ours');
      },
    },
  });
  server.serve(pair);
  port = await server.listen(0);
});

afterEach(() => server.close());

interface Answer {
  status: number | undefined;
  text: string;
  connection: string | undefined;
}

function post(path: string, body: string, method = 'POST'): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const outgoing = request({ host: HOST, port, path, method, ca: authority, agent: false }, (response) => {
      let text = '';
      response.on('data', (data) => {
        text += data;
      });
      response.on('end', () => resolve({ status: response.statusCode, text, connection: response.headers.connection }));
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

test('a review is answered with its uid, the patch and the warnings', async () => {
  const { status, text } = await post('/patch?timeout=5s', JSON.stringify(review('u7')));
  expect(status).toBe(200);
  const { response } = JSON.parse(text);
  expect(response).toMatchObject({ uid: 'u7', allowed: true, patchType: 'JSONPatch', warnings: ['mind this'] });
  expect(JSON.parse(Buffer.from(response.patch, 'base64').toString())).toEqual([{ op: 'add', path: '/x', value: 1 }]);
});

test('a fault of ours lets the object go on as it was, and is counted', async () => {
  const { status, text } = await post('/broken', JSON.stringify(review('u8')));
  expect([status, JSON.parse(text).response]).toEqual([200, { uid: 'u8', allowed: true }]);
  expect(metrics.print()).toContain('pyca_admission_errors_total{webhook="/broken"} 1');
});

describe('what is no review is refused in plain words', () => {
  test.each([
    ['not JSON', '{', 'the body is not JSON'],
    ['another version', JSON.stringify({ ...review(), apiVersion: 'admission.k8s.io/v1beta1' }), /apiVersion/],
    ['no uid', JSON.stringify(review('')), /request.uid/],
    ['nothing', '', 'the body is not JSON'],
  ])('%s', async (_, body, message) => {
    const { status, text } = await post('/patch', body);
    expect(status).toBe(400);
    expect(text).toMatch(message);
  });

  test('too large a body', async () => {
    expect((await post('/patch', ' '.repeat(5 * 1024 * 1024))).status).toBe(413);
  });

  test('another path, another method', async () => {
    expect((await post('/elsewhere', '{}')).status).toBe(404);
    expect((await post('/patch', '', 'GET')).status).toBe(405);
  });
});

test('a rotated certificate is served from the next connection on', async () => {
  const next = await issue([HOST], new Date());
  server.serve(next.pair);
  await expect(post('/patch', JSON.stringify(review()))).rejects.toThrow();
  authority = next.authority;
  expect((await post('/patch', JSON.stringify(review()))).status).toBe(200);
});

test('while draining it still answers, and asks to hang up', async () => {
  server.drain();
  const { status, connection } = await post('/patch', JSON.stringify(review()));
  expect([status, connection]).toEqual([200, 'close']);
});

test('closing waits for no connection that never asked anything', async () => {
  const socket = connect({ host: HOST, port, ca: authority });
  await new Promise((resolve) => socket.once('secureConnect', resolve));
  socket.on('error', () => {});
  const began = Date.now();
  await server.close();
  expect(Date.now() - began).toBeLessThan(5_000);
});
