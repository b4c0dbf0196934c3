/** Where RabbitMQ is and who we are there. The password leaves this file only towards the broker. */

import { readFileSync } from 'node:fs';
import { PycaError } from '../../diagnostics/errors.ts';

export type BrokerAddress = {
  protocol: 'amqp' | 'amqps';
  host: string;
  port: number;
  username: string;
  password: string;
  vhost: string;
};

/** `origin` is the setting that has the address. */
export type BrokerSettings = { url: string; urlFile?: string | undefined; origin?: string };

/** `urlFile` is a Secret's mount: it may come later or change at any time, so read it before each connection. */
export function readBrokerAddress({ url, urlFile, origin = 'PYCA_RABBITMQ_URL' }: BrokerSettings): BrokerAddress {
  if (!urlFile) return parseBrokerUrl(url, origin);
  let text: string;
  try {
    text = readFileSync(urlFile, 'utf8');
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'is not there' : 'is not readable';
    throw new PycaError('BROKER_UNCONFIGURED', `${urlFile} ${reason}: RabbitMQ's address is not known yet`);
  }
  if (!text.trim()) throw new PycaError('BROKER_UNCONFIGURED', `${urlFile} is empty`);
  return parseBrokerUrl(text, urlFile);
}

const URL_PARTS = /^(amqps?):\/\/(?:(.*)@)?(\[[^\]]+\]|[^\s:/?#@[\]]+)(?::(\d{1,5}))?(?:\/([^?#]*))?(?:\?.*)?$/is;

/**
 * `amqp[s]://USER:PASSWORD@HOST[:PORT][/VHOST]`. Percent escapes are read where they are, and a password that should have
 * been escaped (`p/a#ss@word`) is understood all the same. Throws CONFIG_INVALID naming `origin`, never quoting the URL.
 */
export function parseBrokerUrl(url: string, origin: string): BrokerAddress {
  const [, scheme, user, host, port, vhost] = URL_PARTS.exec(url.trim()) ?? [];
  if (!scheme || !host || Number(port ?? 1) < 1 || Number(port ?? 1) > 65535) {
    throw new PycaError('CONFIG_INVALID', `${origin}: expected amqp://USER:PASSWORD@HOST:PORT/VHOST (or amqps://)`);
  }
  const protocol = scheme.toLowerCase() as 'amqp' | 'amqps';
  const colon = user?.indexOf(':') ?? -1;
  return {
    protocol,
    host: host.replace(/^\[|\]$/g, ''),
    port: port ? Number(port) : protocol === 'amqps' ? 5671 : 5672,
    username: user === undefined ? 'guest' : unescaped(colon < 0 ? user : user.slice(0, colon)),
    password: user === undefined ? 'guest' : unescaped(colon < 0 ? '' : user.slice(colon + 1)),
    vhost: vhost ? unescaped(vhost) : '/',
  };
}

/** A `%` that begins no escape stands for itself. */
export function unescaped(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
