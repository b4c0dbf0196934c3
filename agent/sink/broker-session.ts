/** One open connection to RabbitMQ, on which each message is published with a confirm. */

import type { ChannelModel, ConfirmChannel, Message as ReturnedMessage } from 'amqplib';
import { PycaError } from '../../diagnostics/errors.ts';
import type { BrokerAddress } from './broker-address.ts';
import { brokerError } from './broker-errors.ts';
import type { ReportMessage } from './report-message.ts';

const CONNECT_TIMEOUT = 10_000;
const CONFIRM_TIMEOUT = 30_000;
const CLOSE_TIMEOUT = 2_000;

export type Route = { exchange: string; routingKey: string };

export class BrokerSession {
  #address: BrokerAddress;
  #connection: ChannelModel;
  #channel: ConfirmChannel | undefined;
  /** Rejects when the connection breaks; nobody need be waiting. */
  #broken: Promise<never>;
  /** The broker has an alarm and reads nothing more from this connection until it is over. */
  #blocked: PycaError | undefined;
  #lastError: unknown;

  /** `name` is what an operator of RabbitMQ sees in its list of connections. */
  static async open(
    address: BrokerAddress,
    exchange: string,
    name: string,
    timeout = CONNECT_TIMEOUT,
  ): Promise<BrokerSession> {
    // Its first use costs 3 MB, which a pod that never reports need not pay.
    const { default: amqplib } = await import('amqplib');
    try {
      const { protocol, host: hostname, port, username, password } = address;
      const connection = await amqplib.connect(
        { protocol, hostname, port, username, password, vhost: encodeURIComponent(address.vhost) },
        { timeout, noDelay: true, clientProperties: { connection_name: name } },
      );
      const session = new BrokerSession(address, connection);
      try {
        await session.#within(timeout, session.#openChannel(exchange));
        return session;
      } catch (error) {
        await session.close();
        throw error;
      }
    } catch (error) {
      throw brokerError(error, address);
    }
  }

  private constructor(address: BrokerAddress, connection: ChannelModel) {
    this.#address = address;
    this.#connection = connection;
    const broken = Promise.withResolvers<never>();
    broken.promise.catch(() => {});
    this.#broken = broken.promise;
    connection.on('error', (error) => {
      this.#lastError = error;
    });
    connection.on('close', () => broken.reject(this.#lastError ?? new Error('RabbitMQ closed the connection')));
    connection.on('blocked', (reason) => {
      this.#blocked = new PycaError('BROKER_BLOCKED', `${address.host}:${address.port} takes no messages: ${reason}`);
    });
    connection.on('unblocked', () => {
      this.#blocked = undefined;
    });
  }

  /**
   * Resolves once the broker has the message and has put it into a queue. A message that no queue takes counts as not sent:
   * the broker would confirm it and drop it. While the broker is blocked the message waits in its hands: another attempt
   * would be another message. `onBlocked` hears of it.
   */
  async publish(message: ReportMessage, { exchange, routingKey }: Route, onBlocked: (error: PycaError) => void) {
    const { body, ...properties } = message;
    const channel = this.#channel as ConfirmChannel;
    let returned = false;
    const onReturn = (message: ReturnedMessage) => {
      if (message.properties.messageId === properties.messageId) returned = true;
    };
    const tellBlocked = () => onBlocked(this.#blocked as PycaError);
    if (this.#blocked) tellBlocked();
    this.#connection.on('blocked', tellBlocked);
    channel.on('return', onReturn);
    try {
      await this.#within(
        CONFIRM_TIMEOUT,
        new Promise<void>((resolve, reject) => {
          const options = { ...properties, persistent: true, mandatory: true };
          channel.publish(exchange, routingKey, body, options, (error) =>
            error ? reject(this.#lastError ?? error) : resolve(),
          );
        }),
      );
    } catch (error) {
      throw brokerError(error, this.#address);
    } finally {
      channel.off('return', onReturn);
      this.#connection.off('blocked', tellBlocked);
    }
    if (returned) {
      throw new PycaError('BROKER_UNROUTABLE', `no queue is bound to exchange "${exchange}" for "${routingKey}"`);
    }
  }

  async close(): Promise<void> {
    try {
      await this.#within(CLOSE_TIMEOUT, this.#connection.close());
    } catch {
      // It was broken already, or does not answer: the socket goes all the same.
    }
    (this.#connection.connection as unknown as { stream: { destroy(): void } }).stream.destroy();
  }

  /** An exchange that exists is used as it is, whatever its settings: `checkExchange` asks for nothing but its name. */
  async #openChannel(exchange: string): Promise<void> {
    try {
      this.#channel = await this.#newChannel();
      await this.#channel.checkExchange(exchange);
      return;
    } catch (error) {
      if ((error as { code?: unknown }).code !== 404) throw error;
    }
    try {
      this.#channel = await this.#newChannel();
      await this.#channel.assertExchange(exchange, 'topic', { durable: true });
    } catch (error) {
      // Someone declared it otherwise a moment ago.
      if ((error as { code?: unknown }).code !== 406) throw error;
      this.#channel = await this.#newChannel();
    }
    this.#lastError = undefined;
  }

  async #newChannel(): Promise<ConfirmChannel> {
    const channel = await this.#connection.createConfirmChannel();
    channel.on('error', (error) => {
      this.#lastError = error;
    });
    return channel;
  }

  /** Time in which the broker is blocked does not count. */
  async #within<T>(milliseconds: number, work: Promise<T>): Promise<T> {
    const timeout = Promise.withResolvers<never>();
    const timer = setInterval(() => {
      if (!this.#blocked) timeout.reject(new Error(`no answer within ${milliseconds / 1000} s`));
    }, milliseconds);
    try {
      return await Promise.race([work, this.#broken, timeout.promise]);
    } finally {
      clearInterval(timer);
    }
  }
}
