/** Publishes reports: connects when there is something to publish, closes when there is not, so quiet pods cost nothing. */

import type { PycaError } from '../../diagnostics/errors.ts';
import type { BrokerAddress } from './broker-address.ts';
import { BrokerSession, type Route } from './broker-session.ts';
import type { ReportMessage } from './report-message.ts';
import type { Sink } from './sink.ts';

export type PublisherOptions = {
  /** Asked before each connection, so a rotated secret is found. */
  address: () => BrokerAddress;
  route: Route;
  /** What the connection is called at the broker. */
  name: string;
};

export class Publisher implements Sink {
  #options: PublisherOptions;
  #session: Promise<BrokerSession> | undefined;
  #users = 0;

  constructor(options: PublisherOptions) {
    this.#options = options;
  }

  get address(): string {
    const { exchange } = this.#options.route;
    try {
      const { protocol, host, port, vhost } = this.#options.address();
      const name = host.includes(':') ? `[${host}]` : host;
      return `${protocol}://${name}:${port}/${vhost === '/' ? '' : encodeURIComponent(vhost)} ${exchange}`;
    } catch {
      return `RabbitMQ ${exchange}`;
    }
  }

  async check(timeout?: number): Promise<void> {
    const session = await this.#open(timeout);
    await session.close();
  }

  /**
   * Resolves when the broker has confirmed `message`; else throws a PycaError that holds no secret. A broker in alarm may
   * take its time, of which `onBlocked` hears.
   */
  async publish(message: ReportMessage, onBlocked: (error: PycaError) => void = () => {}): Promise<void> {
    this.#users++;
    try {
      this.#session ??= this.#open();
      const session = await this.#session;
      await session.publish(message, this.#options.route, onBlocked);
    } finally {
      this.#users--;
      if (this.#users === 0) await this.#close();
    }
  }

  async #open(timeout?: number): Promise<BrokerSession> {
    const { address, route, name } = this.#options;
    return BrokerSession.open(address(), route.exchange, name, timeout);
  }

  async #close(): Promise<void> {
    const session = this.#session;
    this.#session = undefined;
    await session?.then((open) => open.close()).catch(() => {});
  }
}
