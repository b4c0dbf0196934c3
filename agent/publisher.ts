/** Publishes reports: connects when there is something to publish, closes when there is not, so quiet pods cost nothing. */

import type { BrokerAddress } from './broker-address.ts';
import { BrokerSession } from './broker-session.ts';
import type { ReportMessage } from './report-message.ts';

export type PublisherOptions = {
  /** Asked before each connection, so a rotated secret is found. */
  address: () => BrokerAddress;
  exchange: string;
  routingKey: string;
  /** What the connection is called at the broker. */
  name: string;
};

export class Publisher {
  #options: PublisherOptions;
  #session: Promise<BrokerSession> | undefined;
  #users = 0;

  constructor(options: PublisherOptions) {
    this.#options = options;
  }

  /** Resolves when the broker has confirmed `message`; else throws a PycaError that holds no secret. */
  async publish(message: ReportMessage): Promise<void> {
    const { exchange, routingKey } = this.#options;
    this.#users++;
    try {
      this.#session ??= this.#open();
      const session = await this.#session;
      await session.publish(exchange, routingKey, message);
    } finally {
      this.#users--;
      if (this.#users === 0) await this.#close();
    }
  }

  async #open(): Promise<BrokerSession> {
    const { address, exchange, name } = this.#options;
    return BrokerSession.open(address(), exchange, name);
  }

  async #close(): Promise<void> {
    const session = this.#session;
    this.#session = undefined;
    await session?.then((open) => open.close()).catch(() => {});
  }
}
