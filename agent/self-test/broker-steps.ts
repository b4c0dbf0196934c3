/**
 * The second half of a self-test where reports go to RabbitMQ. Nobody who reads reports gets to see it: the report goes out with
 * a routing key of its own, and the header `pyca-test: true`. What that leaves open of the real key:
 *
 * | of `coverage.report`                     | is checked by                                                          |
 * | ---------------------------------------- | ---------------------------------------------------------------------- |
 * | may this user publish with it?           | a transaction that is rolled back: refused at once, else never sent    |
 * | is a queue bound for it?                 | cannot be asked over AMQP; `coverage_queue` is looked for, no more     |
 */

import { setTimeout as sleep } from 'node:timers/promises';
import type { Channel, ChannelModel, GetMessage } from 'amqplib';
import { fingerprint } from '../../coverage/fingerprint.ts';
import { parseRaw } from '../../coverage/raw-text.ts';
import { reportSchema } from '../../coverage/report.ts';
import { describeError, PycaError } from '../../diagnostics/errors.ts';
import type { AgentConfig } from '../settings/config.ts';
import { type BrokerAddress, readBrokerAddress } from '../sink/broker-address.ts';
import { brokerError } from '../sink/broker-errors.ts';
import { Publisher } from '../sink/publisher.ts';
import type { ReportMessage } from '../sink/report-message.ts';
import type { Step } from './steps.ts';

export const TEST_ROUTING_KEY = 'coverage.self-test';
/** What the chart makes and the platform reads. */
const QUEUE = 'coverage_queue';
const CONNECT_TIMEOUT = 10_000;
const ARRIVAL = 5_000;
/** Of AMQP 0-9-1's class `tx`, for which amqplib has no methods. */
const [TX_SELECT, TX_SELECT_OK, TX_ROLLBACK, TX_ROLLBACK_OK] = [10, 11, 30, 31].map((method) => (90 << 16) | method);

type Rpc = { rpc(method: number | undefined, fields: object, expected: number | undefined): Promise<unknown> };

export class BrokerCheck {
  #source: Parameters<typeof readBrokerAddress>[0];
  #exchange: string;
  #routingKey: string;
  #address: BrokerAddress | undefined;
  #connection: ChannelModel | undefined;
  #mailbox: { channel: Channel; queue: string } | undefined;

  constructor(
    source: Parameters<typeof readBrokerAddress>[0],
    { exchange, routingKey }: AgentConfig['sink']['broker'],
  ) {
    this.#source = source;
    this.#exchange = exchange;
    this.#routingKey = routingKey;
  }

  /** Before there is anything to publish. */
  get steps(): Step[] {
    return [
      { step: 'connect', work: () => this.#connect() },
      { step: 'exchange', work: () => this.#checkExchange() },
      { step: 'permission', work: () => this.#checkPermission() },
      { step: 'queue', work: () => this.#checkQueue() },
    ];
  }

  publishing(message: () => ReportMessage): Step[] {
    return [
      { step: 'mailbox', work: () => this.#openMailbox() },
      { step: 'publish', work: () => this.#publish(message()) },
      { step: 'read back', work: () => this.#readBack(message()) },
    ];
  }

  async close(): Promise<void> {
    await this.#connection?.close().catch(() => {});
  }

  async #connect(): Promise<string> {
    const address = readBrokerAddress(this.#source);
    this.#address = address;
    const { default: amqplib } = await import('amqplib');
    const { protocol, host: hostname, port, username, password, vhost } = address;
    try {
      this.#connection = await amqplib.connect(
        { protocol, hostname, port, username, password, vhost: encodeURIComponent(vhost) },
        { timeout: CONNECT_TIMEOUT, noDelay: true, clientProperties: { connection_name: 'pyca test' } },
      );
      this.#connection.on('error', () => {});
    } catch (error) {
      throw brokerError(error, address);
    }
    return `${protocol}://${hostname}:${port}, virtual host "${vhost}", user "${username}"`;
  }

  async #checkExchange(): Promise<string> {
    try {
      await this.#onChannel((channel) => channel.checkExchange(this.#exchange));
      return `"${this.#exchange}" is there`;
    } catch (error) {
      if (codeOf(error) !== 404) throw this.#fault(error);
    }
    try {
      await this.#onChannel((channel) => channel.assertExchange(this.#exchange, 'topic', { durable: true }));
      return `"${this.#exchange}" was not there: made, as the agent does`;
    } catch (error) {
      throw this.#fault(error);
    }
  }

  /** RabbitMQ checks permissions when a message comes, and routes those of a transaction when it is committed. */
  async #checkPermission(): Promise<string> {
    try {
      await this.#onChannel(async (channel) => {
        const { rpc } = { rpc: (channel as unknown as Rpc).rpc.bind(channel) };
        await rpc(TX_SELECT, {}, TX_SELECT_OK);
        channel.publish(this.#exchange, this.#routingKey, Buffer.alloc(0), { headers: { 'pyca-test': 'true' } });
        await rpc(TX_ROLLBACK, {}, TX_ROLLBACK_OK);
      });
    } catch (error) {
      throw this.#fault(error);
    }
    return `this user may publish with "${this.#routingKey}" (tried in a transaction, rolled back)`;
  }

  async #checkQueue(): Promise<string | { note: string }> {
    try {
      const { messageCount, consumerCount } = await this.#onChannel((channel) => channel.checkQueue(QUEUE));
      return `"${QUEUE}" is there: ${messageCount} messages wait, ${consumerCount} read it`;
    } catch (error) {
      const why = codeOf(error) === 404 ? 'is not there' : 'cannot be looked at by this user';
      const key = `"${this.#routingKey}"`;
      return { note: `"${QUEUE}" ${why}: bind a queue to the exchange with ${key}, or reports will not be taken` };
    }
  }

  async #openMailbox(): Promise<string | { note: string }> {
    const connection = this.#connection as ChannelModel;
    const channel = await connection.createChannel();
    let said: unknown;
    channel.on('error', (error) => {
      said = error;
    });
    try {
      const { queue } = await channel.assertQueue('', { exclusive: true, autoDelete: true, durable: false });
      await channel.bindQueue(queue, this.#exchange, TEST_ROUTING_KEY);
      this.#mailbox = { channel, queue };
      return `a queue of our own is bound with "${TEST_ROUTING_KEY}"`;
    } catch (error) {
      if (codeOf(said ?? error) !== 403) throw this.#fault(said ?? error);
      return { note: 'this user may make no queue, which the agent need not: nothing can be read back' };
    }
  }

  async #publish(message: ReportMessage): Promise<string> {
    const route = { exchange: this.#exchange, routingKey: TEST_ROUTING_KEY };
    const publisher = new Publisher({ address: () => this.#address as BrokerAddress, route, name: 'pyca test' });
    try {
      await publisher.publish(message);
    } catch (error) {
      if (this.#mailbox || describeError(error).code !== 'BROKER_UNROUTABLE') throw error;
      return 'taken, and given back as nobody reads self-tests';
    }
    return `${message.body.length} bytes, confirmed`;
  }

  async #readBack(message: ReportMessage): Promise<string | { note: string }> {
    if (!this.#mailbox) return { note: 'not tried without a queue of our own' };
    const { channel, queue } = this.#mailbox;
    const deadline = Date.now() + ARRIVAL;
    let found: GetMessage | false = false;
    while (!found && Date.now() < deadline) {
      found = await channel.get(queue, { noAck: true });
      if (!found) await sleep(50);
      else if (found.properties.messageId !== message.messageId) found = false;
    }
    if (!found) throw new PycaError('SELF_TEST_FAILED', `the report did not arrive within ${ARRIVAL / 1000} s`);
    if (!found.content.equals(message.body))
      throw new PycaError('SELF_TEST_FAILED', 'another report arrived than was sent');
    const { coverage } = reportSchema.parse(JSON.parse(found.content.toString()));
    return `the report arrived, fingerprint ${fingerprint(parseRaw(coverage.raw)).slice(0, 12)}…`;
  }

  /** A channel of its own for each: what is refused closes it. */
  async #onChannel<T>(work: (channel: Channel) => Promise<T>): Promise<T> {
    const channel = await (this.#connection as ChannelModel).createChannel();
    const closed = Promise.withResolvers<never>();
    closed.promise.catch(() => {});
    channel.on('error', closed.reject);
    const result = await Promise.race([work(channel), closed.promise]);
    await channel.close();
    return result;
  }

  #fault(error: unknown): PycaError {
    return brokerError(error, this.#address as BrokerAddress);
  }
}

function codeOf(error: unknown): unknown {
  return (error as { code?: unknown }).code;
}
