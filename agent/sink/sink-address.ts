/** What `PYCA_SINK` names: the scheme says which way reports go. */

import { resolve } from 'node:path';
import { PycaError } from '../../diagnostics/errors.ts';
import { homeFolder } from '../host/home-folder.ts';
import { parseBrokerUrl, unescaped } from './broker-address.ts';

export type SinkAddress = { kind: 'amqp'; url: string } | { kind: 'http'; url: URL } | { kind: 'file'; path: string };

const EXPECTED = 'expected amqp(s)://USER:PASSWORD@HOST/VHOST, http(s)://HOST/PATH or file:///PATH';

/**
 * | text                         | kind   | of                                             |
 * | ---------------------------- | ------ | ---------------------------------------------- |
 * | `amqp://…`, `amqps://…`      | `amqp` | a broker                                       |
 * | `http://…`, `https://…`      | `http` | an ingest                                      |
 * | `file:///a/b`, `file:/a/b`   | `file` | `/a/b`                                         |
 * | `file://./b`, `file:b`, `file://b` | `file` | `b` below `folder`                        |
 * | `file://~/b`, `file:~/b`     | `file` | `b` below the home folder                      |
 *
 * Throws CONFIG_INVALID naming `origin`, never quoting the text: it may hold a password.
 */
export function parseSinkAddress(text: string, origin: string, folder: string = process.cwd()): SinkAddress {
  const [, scheme = '', rest = ''] = /^([a-z]+):(.*)$/is.exec(text.trim()) ?? [];
  switch (scheme.toLowerCase()) {
    case 'amqp':
    case 'amqps':
      parseBrokerUrl(text, origin);
      return { kind: 'amqp', url: text.trim() };
    case 'http':
    case 'https':
      if (!rest.startsWith('//') || !URL.canParse(text.trim())) break;
      return { kind: 'http', url: new URL(text.trim()) };
    case 'file': {
      const path = unescaped(rest.replace(/^\/\/(localhost(?=\/))?/, ''));
      if (!path || path.endsWith('/') || path.includes('\0')) break;
      return { kind: 'file', path: resolve(folder, path.replace(/^~(?=\/)/, homeFolder())) };
    }
  }
  throw new PycaError('CONFIG_INVALID', `${origin}: ${EXPECTED}`);
}
