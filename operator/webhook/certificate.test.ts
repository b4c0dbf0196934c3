import { createServer, get } from 'node:https';
import type { AddressInfo } from 'node:net';
import { describe, expect, test } from 'vitest';
import { type Certificates, expiry, planStep, takeStep } from './certificate.ts';

const HOSTS = ['pyca-operator.pyca-system.svc', '127.0.0.1'];
const DAY = 86_400_000;
const MINUTE = 60_000;
const START = new Date();
const later = (ms: number) => new Date(START.getTime() + ms);

async function created(at = START): Promise<Certificates> {
  return takeStep('create', undefined, HOSTS, at);
}

/** Serves `pair` and asks it, trusting `authorities` alone. */
async function handshake(serving: Certificates['serving'], authorities: string, servername: string): Promise<string> {
  const server = createServer({ key: serving.key, cert: serving.certificate }, (_, response) => response.end('hello'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  try {
    return await new Promise((resolve, reject) => {
      get({ host: '127.0.0.1', port, ca: authorities, servername, agent: false }, (response) => {
        response.on('data', (data) => resolve(String(data)));
      }).on('error', reject);
    });
  } finally {
    server.close();
  }
}

describe('a certificate', () => {
  test('is trusted through its CA, for the Service and nothing else', async () => {
    const { serving, authorities } = await created();
    expect(await handshake(serving, authorities, HOSTS[0] as string)).toBe('hello');
    await expect(handshake(serving, authorities, 'other.pyca-system.svc')).rejects.toThrow(/altnames/);
  });

  test('is not trusted through the CA of another', async () => {
    const [one, other] = [await created(), await created()];
    await expect(handshake(one.serving, other.authorities, HOSTS[0] as string)).rejects.toThrow(
      /verify|signature|issuer/,
    );
  });
});

describe('a rotation', () => {
  test('begins past two thirds of the life, and not before', async () => {
    const certificates = await created();
    expect(planStep(certificates, HOSTS, later(240 * DAY))).toBe('keep');
    expect(planStep(certificates, HOSTS, later(244 * DAY))).toBe('stage');
  });

  test('trusts both CAs at each step, and serves what was trusted 10 minutes before', async () => {
    const old = await created(later(-244 * DAY));
    const staged = await takeStep('stage', old, HOSTS, START);
    expect(staged.serving).toEqual(old.serving);
    expect(planStep(staged, HOSTS, later(9 * MINUTE))).toBe('keep');
    expect(planStep(staged, HOSTS, later(11 * MINUTE))).toBe('promote');

    const promoted = await takeStep('promote', staged, HOSTS, later(11 * MINUTE));
    expect(promoted.serving).toEqual(staged.next);
    expect(promoted.next).toBeUndefined();
    for (const pair of [old.serving, promoted.serving]) {
      for (const { authorities } of [staged, promoted]) {
        expect(await handshake(pair, authorities, HOSTS[0] as string)).toBe('hello');
      }
    }
    expect(planStep(promoted, HOSTS, later(12 * MINUTE))).toBe('keep');
  });

  test('drops CAs that have expired', async () => {
    const old = await created(later(-400 * DAY));
    expect(expiry(old.serving) < START).toBe(true);
    const renewed = await takeStep('create', old, HOSTS, START);
    expect(renewed.authorities.match(/BEGIN/g)).toHaveLength(1);
  });
});

test.each<[string, () => Promise<Certificates | undefined>]>([
  ['there is none', async () => undefined],
  ['it has expired', async () => created(later(-400 * DAY))],
  ['it is for other hosts', async () => takeStep('create', undefined, ['elsewhere.svc'], START)],
  [
    'the key is of another',
    async () => ({
      ...(await created()),
      serving: { ...(await created()).serving, key: (await created()).serving.key },
    }),
  ],
  ['it is no certificate', async () => ({ ...(await created()), serving: { certificate: 'x', key: 'y' } })],
])('a new one is made at once where %s', async (_, make) => {
  expect(planStep(await make(), HOSTS, START)).toBe('create');
});
