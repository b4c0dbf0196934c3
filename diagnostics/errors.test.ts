import { expect, test } from 'vitest';
import { maskSecrets } from './errors.ts';

test.each([
  ['amqp://user:secret@host:5672/', 'amqp://***@host:5672/'],
  ['amqps://user:s/ec#r@et@host/vhost refused', 'amqps://***@host/vhost refused'],
  ['{"a":"amqp://user:secret@one","b":"https://me@two"}', '{"a":"amqp://***@one","b":"https://***@two"}'],
  ['https://host/path and me@example.org', 'https://host/path and me@example.org'],
])('of %s is left %s', (text, masked) => expect(maskSecrets(text)).toBe(masked));
