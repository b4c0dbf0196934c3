import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { reportSchema } from '../../coverage/report.ts';
import { freePort } from '../../test/broker/free-port.ts';
import { httpServer } from '../../test/fixtures/http-server.ts';
import { sampleReport } from '../../test/fixtures/report.ts';
import { temporaryFolder } from '../../test/fixtures/temporary-folder.ts';
import { HttpSink, type HttpSinkOptions } from './http-sink.ts';

function sinkFor(url: string, options: Partial<HttpSinkOptions> = {}): HttpSink {
  return new HttpSink({ url: new URL(url), name: 'pyca-agent test', ...options });
}

test('a report is posted as JSON, with the token and what else is known in headers', async () => {
  const ingest = await httpServer((response) => response.writeHead(202).end());
  const sink = sinkFor(`${ingest.url}/ingest?key=hunter2`, { token: 'hunter3' });
  const message = sampleReport(undefined, { session: 'checkout-test', pod: 'pöd\n1' });
  await sink.publish(message);
  const [request] = ingest.received;
  expect(reportSchema.parse(JSON.parse(request?.body ?? ''))).toEqual(JSON.parse(String(message.body)));
  expect(request).toMatchObject({
    method: 'POST',
    path: '/ingest?key=hunter2',
    headers: {
      'content-type': 'application/json',
      authorization: 'Bearer hunter3',
      'user-agent': 'pyca-agent test',
      'pyca-namespace': 'shop',
      'pyca-workload': 'Deployment/checkout',
      'pyca-pod': 'p%C3%B6d%0A1',
      'pyca-container': 'app',
      'pyca-agent-version': '1.2.3',
      'pyca-session': 'checkout-test',
      'pyca-message-id': message.messageId,
    },
  });
  expect(sink.address).toBe(`${ingest.url}/ingest`);
});

test.each([
  ['hunt%40r2', 'hunt@r2'],
  ['hunt100%', 'hunt100%'],
])('a user in the address (%s) is no token, and goes into no address either', async (escaped, password) => {
  const ingest = await httpServer((response) => response.end());
  const sink = sinkFor(ingest.url.replace('//', `//me:${escaped}@`));
  await sink.publish(sampleReport());
  const [, basic = ''] = ingest.received[0]?.headers.authorization?.split('Basic ') ?? [];
  expect(Buffer.from(basic, 'base64').toString()).toBe(`me:${password}`);
  expect(sink.address).toBe(`${ingest.url}/`);
});

test('the token’s file is read each time; while it is missing or empty, that is what is said', async () => {
  const ingest = await httpServer((response) => response.end());
  const tokenFile = join(temporaryFolder(), 'token');
  const sink = sinkFor(ingest.url, { tokenFile, token: 'unused' });
  const publish = () => sink.publish(sampleReport());
  await expect(publish()).rejects.toMatchObject({
    code: 'SINK_UNCONFIGURED',
    message: `${tokenFile} is not there: the sink's token is not known yet`,
  });
  writeFileSync(tokenFile, '\n');
  await expect(publish()).rejects.toMatchObject({ code: 'SINK_UNCONFIGURED' });
  for (const token of ['first', 'second']) {
    writeFileSync(tokenFile, `${token}\n`);
    await publish();
  }
  writeFileSync(tokenFile, 'hunter2\nhunter3');
  const refused = publish();
  await expect(refused).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
  await expect(refused).rejects.not.toThrow('hunter');
  expect(ingest.received.map(({ headers }) => headers.authorization)).toEqual(['Bearer first', 'Bearer second']);
});

test.each<[number, Record<string, string>, string, string, number?]>([
  [400, {}, 'SINK_REFUSED', 'answers 400'],
  [401, {}, 'SINK_REFUSED', 'answers 401: the token is refused'],
  [404, {}, 'SINK_REFUSED', 'answers 404'],
  [413, {}, 'SINK_REFUSED', 'the report is too large for it'],
  [429, { 'retry-after': '120' }, 'SINK_BUSY', 'answers 429', 120],
  [503, { 'retry-after': new Date(Date.now() + 90_000).toUTCString() }, 'SINK_BUSY', 'answers 503', 90],
  [503, { 'retry-after': 'soon' }, 'SINK_BUSY', 'answers 503'],
  [500, {}, 'SINK_UNREACHABLE', 'answers 500'],
  [302, { location: '/login?token=hunter2' }, 'SINK_REFUSED', 'it redirects to'],
])('%i %j is %s', async (status, headers, code, message, retryAfter) => {
  const ingest = await httpServer((response) => response.writeHead(status, headers).end('hunter2 in its body'));
  const failure = await sinkFor(`${ingest.url}/ingest`, { token: 'hunter3' })
    .publish(sampleReport())
    .catch((error) => error);
  expect(failure).toMatchObject({ code, message: expect.stringContaining(message) });
  expect(failure.message).toMatch(new RegExp(`^${ingest.url}/ingest `));
  expect(failure.message).not.toContain('hunter');
  if (retryAfter === undefined) expect(failure.retryAfter).toBeUndefined();
  else expect(Math.abs(failure.retryAfter - retryAfter)).toBeLessThan(3);
});

test('a server sends the report to another path of its own, but to no other server', async () => {
  const other = await httpServer((response) => response.end());
  const ingest = await httpServer((response, { path }) => {
    if (path === '/new') response.end();
    else response.writeHead(308, { location: path === '/old' ? '/new' : `${other.url}/new` }).end();
  });
  await sinkFor(`${ingest.url}/old`, { token: 'hunter3' }).publish(sampleReport());
  expect(ingest.received.map(({ method, path, body }) => [method, path, body.length > 0])).toEqual([
    ['POST', '/old', true],
    ['POST', '/new', true],
  ]);
  await expect(sinkFor(`${ingest.url}/away`, { token: 'hunter3' }).publish(sampleReport())).rejects.toMatchObject({
    code: 'SINK_REFUSED',
    message: expect.stringContaining(`it redirects to ${other.url}/new`),
  });
  expect(other.received).toEqual([]);
});

test('a server that goes in circles is left', async () => {
  const ingest = await httpServer((response) => response.writeHead(307, { location: '/' }).end());
  await expect(sinkFor(ingest.url).publish(sampleReport())).rejects.toMatchObject({ code: 'SINK_REFUSED' });
  expect(ingest.received).toHaveLength(4);
});

test('one that hangs up, is not there or does not answer is unreachable', async () => {
  const rude = await httpServer((response) => response.socket?.destroy());
  await expect(sinkFor(rude.url).publish(sampleReport())).rejects.toMatchObject({ code: 'SINK_UNREACHABLE' });
  const nobody = sinkFor(`http://127.0.0.1:${await freePort()}/`);
  await expect(nobody.publish(sampleReport())).rejects.toMatchObject({
    code: 'SINK_UNREACHABLE',
    message: expect.stringContaining('ECONNREFUSED'),
  });
  const silent = await httpServer(() => {});
  await expect(sinkFor(silent.url).check(200)).rejects.toMatchObject({
    code: 'SINK_UNREACHABLE',
    message: expect.stringContaining('no answer in time'),
  });
});

test.each([
  [200, undefined],
  [404, undefined],
  [405, undefined],
  [401, 'SINK_REFUSED'],
  [503, 'SINK_BUSY'],
  [500, 'SINK_UNREACHABLE'],
])('a look at a server that answers %i sends nothing: %s', async (status, code) => {
  const ingest = await httpServer((response) => response.writeHead(status).end());
  const failure = await sinkFor(ingest.url)
    .check()
    .catch((error) => error);
  expect(failure?.code).toBe(code);
  expect(ingest.received.map(({ method, body }) => [method, body])).toEqual([['HEAD', '']]);
});

test('a certificate of nobody’s is SINK_TLS, and no report is sent', async () => {
  const folder = temporaryFolder();
  const [key, cert] = [join(folder, 'key'), join(folder, 'cert')];
  const subject = ['-subj', '/CN=localhost', '-keyout', key, '-out', cert, '-days', '1'];
  execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', ...subject], { stdio: 'ignore' });
  let requests = 0;
  const server = createServer({ key: readFileSync(key), cert: readFileSync(cert) }, () => requests++);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  await expect(sinkFor(`https://127.0.0.1:${port}/`).publish(sampleReport())).rejects.toMatchObject({
    code: 'SINK_TLS',
    message: expect.stringContaining('self-signed certificate'),
  });
  expect(requests).toBe(0);
});
