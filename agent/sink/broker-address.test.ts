import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../../test/fixtures/temporary-folder.ts';
import { parseBrokerUrl, readBrokerAddress } from './broker-address.ts';

const guest = { protocol: 'amqp', host: 'rabbit', port: 5672, username: 'guest', password: 'guest', vhost: '/' };

test.each([
  ['amqp://rabbit', {}],
  ['AMQP://rabbit/', {}],
  ['amqp://rabbit:5673\n', { port: 5673 }],
  ['amqps://rabbit', { protocol: 'amqps', port: 5671 }],
  ['amqp://[::1]:5672/', { host: '::1' }],
  ['amqp://me:secret@rabbit/shop', { username: 'me', password: 'secret', vhost: 'shop' }],
  ['amqp://me@rabbit/%2fshop?heartbeat=5', { username: 'me', password: '', vhost: '/shop' }],
  ['amqp://me:a%2Fb%40c%C3%A9@rabbit', { username: 'me', password: 'a/b@cé' }],
  ['amqp://me:a/b#c?d@e:f@rabbit:5672/', { username: 'me', password: 'a/b#c?d@e:f' }],
  ['amqp://me:50%off@rabbit', { username: 'me', password: '50%off' }],
])('%j is understood', (url, expected) => {
  expect(parseBrokerUrl(url, 'X')).toEqual({ ...guest, ...expected });
});

test.each([
  '',
  'rabbit',
  'http://me:secret@rabbit',
  'amqp://',
  'amqp://me:secret@',
  'amqp://me:secret@rabbit:0',
  'amqp://me:secret@rabbit:70000/',
])('%j is refused without being quoted', (url) => {
  expect(() => parseBrokerUrl(url, 'PYCA_RABBITMQ_URL')).toThrow(/^PYCA_RABBITMQ_URL: expected amqp:/);
  expect(() => parseBrokerUrl(url, 'PYCA_RABBITMQ_URL')).not.toThrow(/secret/);
});

test('any user, password and virtual host survive being escaped', () => {
  const text = fc.string({ unit: 'grapheme', minLength: 1 });
  fc.assert(
    fc.property(text, text, text, (username, password, vhost) => {
      const url = `amqp://${[username, password].map(encodeURIComponent).join(':')}@rabbit/${encodeURIComponent(vhost)}`;
      expect(parseBrokerUrl(url, 'X')).toEqual({ ...guest, username, password, vhost });
    }),
  );
});

test('the file is read each time; while it is missing or empty, that is what is said', () => {
  const urlFile = join(temporaryFolder(), 'url');
  const read = () => readBrokerAddress({ url: 'amqp://unused', urlFile });
  expect(read).toThrow(expect.objectContaining({ code: 'BROKER_UNCONFIGURED' }));
  writeFileSync(urlFile, '\n');
  expect(read).toThrow(expect.objectContaining({ code: 'BROKER_UNCONFIGURED' }));
  writeFileSync(urlFile, 'amqp://me:first@rabbit/\n');
  expect(read().password).toBe('first');
  writeFileSync(urlFile, 'amqp://me:second@rabbit/\n');
  expect(read().password).toBe('second');
});
