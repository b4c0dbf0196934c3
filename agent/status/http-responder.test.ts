import { connect, type Server } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { createResponder, type Respond } from './http-responder.ts';

let server: Server;
afterEach(() => server.close());

async function listen(respond: Respond, deadline?: number): Promise<number> {
  server = createResponder(respond, deadline);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as { port: number }).port;
}

const echo: Respond = ({ path, query }) => ({ status: 200, body: `${path} ${query.get('q')} é` });

/** Sends `parts` one after the other, and gives all that comes back until the other side closes. */
function talk(port: number, ...parts: string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = '';
    const socket = connect(port, '127.0.0.1', async () => {
      for (const part of parts) {
        socket.write(part);
        await new Promise((next) => setTimeout(next, 5));
      }
    });
    socket.on('data', (chunk) => {
      answer += chunk;
    });
    socket.on('close', () => resolve(answer));
    socket.on('error', reject);
  });
}

test('answers GET with path and query, whole and sized in bytes', async () => {
  const port = await listen(echo);
  const response = await fetch(`http://127.0.0.1:${port}/a/b?q=c%20d&r=?`);
  expect(response.status).toBe(200);
  expect(response.headers.get('content-length')).toBe('11');
  expect(await response.text()).toBe('/a/b c d é');
});

test('answers many at once', async () => {
  const port = await listen(echo);
  const answers = await Promise.all(
    [...Array(40).keys()].map((i) => fetch(`http://127.0.0.1:${port}/?q=${i}`).then((r) => r.text())),
  );
  expect(answers).toEqual([...Array(40).keys()].map((i) => `/ ${i} é`));
});

test('a large answer arrives whole', async () => {
  const port = await listen(() => ({ status: 200, body: 'x'.repeat(3_000_000) }));
  expect((await (await fetch(`http://127.0.0.1:${port}/`)).text()).length).toBe(3_000_000);
});

test('HEAD has the head alone', async () => {
  const port = await listen(echo);
  const answer = await talk(port, 'HEAD /x HTTP/1.1\r\nHost: x\r\n\r\n');
  expect(answer).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
  expect(answer).toContain('Content-Length: 10\r\n');
  expect(answer).toMatch(/\r\n\r\n$/);
});

test.each([
  ['GET', 'authorization: Bearer a b \t', 'GET Bearer a b'],
  ['POST', 'Authorization:Bearer abc', 'POST Bearer abc'],
  ['DELETE', 'X-Authorization: Bearer abc', 'DELETE '],
])('%s with the header %j is told as %j', async (method, header, told) => {
  const port = await listen(({ method, authorization }) => ({ status: 201, body: `${method} ${authorization}` }));
  const answer = await talk(port, `${method} /x HTTP/1.1\r\nHost: x\r\n${header}\r\nContent-Length: 2\r\n\r\n{}`);
  expect(answer).toMatch(/^HTTP\/1\.1 201 Created\r\n/);
  expect(answer.split('\r\n\r\n')[1]).toBe(told);
});

test('a request may come in pieces', async () => {
  const port = await listen(echo);
  expect(await talk(port, 'GE', 'T /x HTTP/1.1\r\nHo', 'st: x\r\n\r', '\n')).toContain('/x null');
});

test.each([
  ['PUT /x HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc', 405],
  ['GET x HTTP/1.1\r\n\r\n', 400],
  ['\x16\x03\x01\r\n\r\n', 400],
  [`GET / HTTP/1.1\r\nX: ${'x'.repeat(20_000)}`, 431],
])('%j is answered with %i', async (request, status) => {
  const port = await listen(echo);
  expect(await talk(port, request)).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
});

test('a fault of ours is 500, and the next request is answered', async () => {
  let faulty = true;
  const port = await listen(() => {
    if (faulty) throw new Error('secret');
    return { status: 200, body: 'fine' };
  });
  const response = await fetch(`http://127.0.0.1:${port}/`);
  expect([response.status, await response.text()]).toEqual([500, '']);
  faulty = false;
  expect((await fetch(`http://127.0.0.1:${port}/`)).status).toBe(200);
});

test('a client that goes away in the middle harms nothing', async () => {
  const port = await listen(echo);
  await new Promise<void>((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.write('GET / HT');
      socket.resetAndDestroy();
      resolve();
    });
  });
  expect((await fetch(`http://127.0.0.1:${port}/`)).status).toBe(200);
});

test('the token is that of the head, however it is written, and never of the body', async () => {
  const port = await listen(({ authorization }) => ({ status: 200, body: `[${authorization}]` }));
  const ask = async (rest: string) => (await talk(port, `POST / HTTP/1.1\r\n${rest}`)).split('\r\n\r\n')[1];
  expect(await ask('Host: x\r\nauthoriZation:\t Bearer abc \t\r\n\r\n')).toBe('[Bearer abc]');
  expect(await ask('\r\n\r\nAuthorization: Bearer abc\r\n')).toBe('[]');
});

test('a head made to be hard to read is read at once', async () => {
  const port = await listen(echo);
  const begun = performance.now();
  const answer = await talk(port, `GET /a HTTP/1.1\r\nauthorization:${' '.repeat(15_000)}x\n\r\n\r\n`);
  expect(answer).toMatch(/^HTTP\/1\.1 200 /);
  expect(performance.now() - begun).toBeLessThan(1_000);
});

test.each([
  ['its head', 'GET / HTTP/1.1\r\n'],
  ['its body', 'POST / HTTP/1.1\r\n\r\n'],
])('a client that is never done with %s is left, bytes or not', async (_, begin) => {
  const port = await listen(echo, 300);
  const socket = connect(port, '127.0.0.1', () => socket.write(begin)).on('error', () => {});
  const drip = setInterval(() => socket.write('x'), 20);
  await new Promise((resolve) => socket.on('close', resolve));
  clearInterval(drip);
});
