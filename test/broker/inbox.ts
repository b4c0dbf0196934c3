/** A durable queue, bound to an exchange as the platform's is: what it got, and waiting for more. */

import { connect, type GetMessage } from 'amqplib';
import type { Report } from '../../coverage/report.ts';

export type Received = { report: Report; message: GetMessage };

export class Inbox {
  /** In the order in which they came. */
  readonly received: Received[] = [];
  #url: string;
  #queue: string;

  /** `declare` makes the exchange as given; else it has to be there. */
  static async open(
    url: string,
    exchange: string,
    {
      declare,
      routingKey = 'coverage.report',
    }: { declare?: { type: string; durable: boolean }; routingKey?: string } = {},
  ): Promise<Inbox> {
    const inbox = new Inbox(url, `inbox.${exchange}`);
    const connection = await connect(url);
    const channel = await connection.createChannel();
    if (declare) await channel.assertExchange(exchange, declare.type, { durable: declare.durable });
    await channel.assertQueue(inbox.#queue, { durable: true });
    await channel.bindQueue(inbox.#queue, exchange, routingKey);
    await connection.close();
    return inbox;
  }

  private constructor(url: string, queue: string) {
    this.#url = url;
    this.#queue = queue;
  }

  /** Takes what is in the queue now. */
  async fetch(): Promise<Received[]> {
    const connection = await connect(this.#url);
    const channel = await connection.createChannel();
    for (;;) {
      const message = await channel.get(this.#queue, { noAck: true });
      if (!message) break;
      this.received.push({ report: JSON.parse(message.content.toString()), message });
    }
    await connection.close();
    return this.received;
  }

  /** Waits until `count` have come in all, and gives the last of them. */
  async wait(count: number): Promise<Received> {
    await until(async () => (await this.fetch()).length >= count, `message ${count}`);
    return this.received[count - 1] as Received;
  }
}

/** Waits until `condition` holds; what throws does not hold yet. */
export async function until(condition: () => Promise<boolean>, what: string, seconds = 30): Promise<void> {
  const deadline = Date.now() + seconds * 1000;
  while (!(await condition().catch(() => false))) {
    if (Date.now() > deadline) throw new Error(`${what}: not within ${seconds} s`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

export function pause(seconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, seconds * 1000));
}
