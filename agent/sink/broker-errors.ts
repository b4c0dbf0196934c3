/**
 * What amqplib and the network say, as an error of the catalogue. The words are ours where the cause is known, since theirs may
 * carry a user or a password.
 *
 * | said                                                     | means              |
 * | -------------------------------------------------------- | ------------------ |
 * | handshake terminated, 403 ACCESS-REFUSED                 | BROKER_CREDENTIALS |
 * | connection closed where its opening was to be confirmed  | BROKER_VHOST       |
 * | a certificate's or TLS's error                           | BROKER_TLS         |
 * | closed with another AMQP reply (403, 404, 406), or nacked | BROKER_REFUSED     |
 * | anything else: no route, refused, reset, timed out       | BROKER_UNREACHABLE |
 */

import { describeError, PycaError } from '../../diagnostics/errors.ts';
import type { BrokerAddress } from './broker-address.ts';

/** Of Node's errors. */
export const TLS_CODES =
  /^(EPROTO|CERT_|ERR_SSL|ERR_TLS|SELF_SIGNED|DEPTH_ZERO|UNABLE_TO_|HOSTNAME_MISMATCH|INVALID_CA)/;

export function brokerError(error: unknown, address: BrokerAddress): PycaError {
  if (error instanceof PycaError) return error;
  const { code, message: said } = describeError(error);
  const where = `${address.host}:${address.port}`;
  const fault = (code: PycaError['code'], message: string) => new PycaError(code, `${where}: ${message}`);
  if (/ACCESS[-_]REFUSED/.test(said) && said.includes('Handshake')) {
    return fault('BROKER_CREDENTIALS', 'RabbitMQ refuses the user or the password');
  }
  if (/ConnectionOpenOk; got <ConnectionClose/.test(said)) {
    return fault('BROKER_VHOST', `virtual host "${address.vhost}" does not exist or is closed to this user`);
  }
  const text = withoutCredentials(said, address);
  if (TLS_CODES.test(code)) return fault('BROKER_TLS', text);
  if (isRefusal((error as { code?: unknown }).code) || said === 'message nacked') return fault('BROKER_REFUSED', text);
  return fault('BROKER_UNREACHABLE', text || code);
}

/** AMQP's replies are numbers; 320 says that RabbitMQ shuts down. */
function isRefusal(code: unknown): boolean {
  return typeof code === 'number' && code !== 320;
}

function withoutCredentials(text: string, { username, password }: BrokerAddress): string {
  return [password, username].reduce(
    (masked, secret) => (secret.length > 2 ? masked.replaceAll(secret, '***') : masked),
    text,
  );
}
