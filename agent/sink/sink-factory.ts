/** RabbitMQ, an HTTP ingest or a file, by the scheme of `PYCA_SINK`. */

import type { AgentConfig } from '../settings/config.ts';
import { readBrokerAddress } from './broker-address.ts';
import { FileSink } from './file-sink.ts';
import { HttpSink } from './http-sink.ts';
import { Publisher } from './publisher.ts';
import type { Sink } from './sink.ts';
import { parseSinkAddress } from './sink-address.ts';

/** `name` is what the other side sees: RabbitMQ in its list of connections, an ingest as user agent. */
export function createSink(config: AgentConfig['sink'], name: string): Sink {
  const { url, folder, token, tokenFile, broker } = config;
  const address = url === undefined ? undefined : parseSinkAddress(url, 'PYCA_SINK', folder);
  switch (address?.kind) {
    case 'http':
      return new HttpSink({ url: address.url, token, tokenFile, name });
    case 'file':
      return new FileSink(address.path);
    default:
      return new Publisher({
        address: () => readBrokerAddress(address ? { url: address.url, origin: 'PYCA_SINK' } : broker),
        route: { exchange: broker.exchange, routingKey: broker.routingKey },
        name,
      });
  }
}
