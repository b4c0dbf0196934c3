/** What arrives on RabbitMQ: a queue of the test's own, bound as a consumer would bind one. */

import type { ChildProcess } from 'node:child_process';
import { type ChannelModel, connect } from 'amqplib';
import type { Coverage } from '../../coverage/file-lines.ts';
import { parseRaw } from '../../coverage/raw-text.ts';
import { type Report, reportSchema } from '../../coverage/report.ts';
import { unionCoverage } from '../../coverage/union.ts';
import { NAMESPACE } from './installation.ts';
import { kubectl } from './kubernetes.ts';
import { forward } from './port-forward.ts';

export type Received = { report: Report; headers: Record<string, string>; at: number };

export class ReportQueue {
  readonly received: Received[] = [];
  #forward: ChildProcess;
  #connection: ChannelModel;

  private constructor(forward: ChildProcess, connection: ChannelModel) {
    this.#forward = forward;
    this.#connection = connection;
  }

  static async open(): Promise<ReportQueue> {
    const { port, child } = await forward(NAMESPACE, 'service/pyca-rabbitmq', 5672);
    const url = new URL(await brokerUrl());
    url.hostname = '127.0.0.1';
    url.port = String(port);
    const connection = await connect(url.href, { clientProperties: { connection_name: 'e2e' } });
    connection.on('error', () => {});
    const channel = await connection.createChannel();
    await channel.assertExchange('coverage_exchange', 'topic', { durable: true });
    const { queue } = await channel.assertQueue('', { exclusive: true });
    await channel.bindQueue(queue, 'coverage_exchange', 'coverage.report');
    const opened = new ReportQueue(child, connection);
    await channel.consume(
      queue,
      (message) => {
        if (!message) return;
        const report = reportSchema.parse(JSON.parse(message.content.toString()));
        opened.received.push({ report, headers: message.properties.headers as Record<string, string>, at: Date.now() });
      },
      { noAck: true },
    );
    return opened;
  }

  of(namespace: string, pod?: string): Received[] {
    return this.received.filter(
      ({ headers }) => headers['pyca-namespace'] === namespace && (!pod || headers['pyca-pod'] === pod),
    );
  }

  /** All that the pods of a namespace have reported. */
  coverage(namespace: string): Coverage {
    return this.of(namespace).reduce<Coverage>(
      (all, { report }) => unionCoverage(all, parseRaw(report.coverage.raw)),
      new Map(),
    );
  }

  async close(): Promise<void> {
    await this.#connection.close().catch(() => {});
    this.#forward.kill();
  }
}

/** The address as the operator was given it. */
async function brokerUrl(): Promise<string> {
  const secrets = JSON.parse(await kubectl('get', 'secrets', '-n', NAMESPACE, '-o', 'json')).items;
  const secret = secrets.find(({ data }: { data?: Record<string, string> }) => data?.url);
  return Buffer.from(secret.data.url, 'base64').toString();
}

/** Connections to the broker that are not this test's own. */
export async function agentConnections(): Promise<string[]> {
  const output = await kubectl(
    'exec',
    '-n',
    NAMESPACE,
    'statefulset/pyca-rabbitmq',
    '--',
    'rabbitmqctl',
    '--quiet',
    '--no-table-headers',
    'list_connections',
    'client_properties',
  );
  return output.split('\n').filter((line) => line && !line.includes('e2e'));
}
