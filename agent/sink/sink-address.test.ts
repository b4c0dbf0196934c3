import { homedir } from 'node:os';
import { expect, test } from 'vitest';
import { parseSinkAddress } from './sink-address.ts';

test.each([
  ['file:///var/reports.ndjson', '/var/reports.ndjson'],
  ['file://localhost/var/reports.ndjson', '/var/reports.ndjson'],
  ['file:/var/reports.ndjson', '/var/reports.ndjson'],
  ['FILE:reports.ndjson', '/work/reports.ndjson'],
  ['file://./out/reports.ndjson\n', '/work/out/reports.ndjson'],
  ['file://out/reports.ndjson', '/work/out/reports.ndjson'],
  ['file:../reports.ndjson', '/reports.ndjson'],
  ['file:~/reports.ndjson', `${homedir()}/reports.ndjson`],
  ['file:///a%20b', '/a b'],
  ['file:///50%off', '/50%off'],
])('%j is the file %j', (text, path) => {
  expect(parseSinkAddress(text, 'X', '/work')).toEqual({ kind: 'file', path });
});

test('brokers and ingests go by their scheme', () => {
  expect(parseSinkAddress(' amqps://me:a/b@rabbit/shop', 'X')).toEqual({
    kind: 'amqp',
    url: 'amqps://me:a/b@rabbit/shop',
  });
  expect(parseSinkAddress('https://host/ingest?key=1', 'X')).toEqual({
    kind: 'http',
    url: new URL('https://host/ingest?key=1'),
  });
});

test.each([
  '',
  'rabbit:5672',
  'ftp://me:secret@host',
  'amqp://me:secret@',
  'http:secret',
  'https://',
  'file:',
  'file:///secret/',
  'file:///a%00b',
])('%j is refused without being quoted', (text) => {
  expect(() => parseSinkAddress(text, 'PYCA_SINK')).toThrow(/^PYCA_SINK: expected amqp/);
  expect(() => parseSinkAddress(text, 'PYCA_SINK')).not.toThrow(/secret/);
});
