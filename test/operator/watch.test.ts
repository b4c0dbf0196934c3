/** The supervised watch against a real API server, and what happens to real watches. */

import { connect, createServer, type Server, type Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { createLogger } from '../../diagnostics/logger.ts';
import type { KubernetesClient } from '../../operator/kubernetes/client.ts';
import type { KubernetesObject } from '../../operator/kubernetes/objects.ts';
import type { Resource } from '../../operator/kubernetes/resources.ts';
import { type RestartCause, Watcher } from '../../operator/kubernetes/watch.ts';
import { ApiServer, eventually, freePort } from './api-server.ts';

const CONFIG_MAPS: Resource = { apiVersion: 'v1', kind: 'ConfigMap', plural: 'configmaps', namespaced: true };
const NAMESPACE = 'default';

interface ConfigMap extends KubernetesObject {
  data?: Record<string, string>;
}

/** A TCP proxy whose connections can be cut off, or left open without a byte going through. */
class TcpProxy {
  port = 0;
  readonly #target: number;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #pairs = new Set<[Socket, Socket]>();
  #silent = false;

  constructor(target: number) {
    this.#target = target;
    this.#server = createServer((client) => this.#accept(client));
  }

  async start(): Promise<this> {
    this.port = await freePort();
    await new Promise<void>((resolve) => this.#server.listen(this.port, '127.0.0.1', resolve));
    return this;
  }

  #accept(client: Socket): void {
    this.#sockets.add(client);
    client.on('error', () => client.destroy());
    if (this.#silent) return;
    const server = connect(this.#target, '127.0.0.1');
    this.#sockets.add(server);
    this.#pairs.add([client, server]);
    client.pipe(server);
    server.pipe(client);
    server.on('error', () => server.destroy());
  }

  /** The connections of now stay open and go silent; new ones work. */
  silence(): void {
    for (const [client, server] of this.#pairs) {
      client.unpipe(server).pause();
      server.unpipe(client).pause();
    }
  }

  /** The same for connections to come, until `cut`. */
  silenceAll(): void {
    this.#silent = true;
    this.silence();
  }

  /** Hangs up on all connections of now; new ones work. */
  cut(): void {
    this.#silent = false;
    for (const socket of this.#sockets) socket.destroy();
    this.#sockets.clear();
    this.#pairs.clear();
  }

  stop(): void {
    this.cut();
    this.#server.close();
  }
}

let server: ApiServer;
let direct: KubernetesClient;
let proxy: TcpProxy;
let watcher: Watcher<ConfigMap, string> | undefined;
let changes: string[];
let restarts: RestartCause[];

beforeAll(async () => {
  server = await ApiServer.start();
  direct = server.client();
});

afterAll(() => server.stop());

afterEach(async () => {
  await watcher?.stop();
  proxy.stop();
  const { items } = await direct.list<ConfigMap>(CONFIG_MAPS, { namespace: NAMESPACE });
  for (const { metadata } of items) await direct.delete(CONFIG_MAPS, NAMESPACE, metadata.name);
});

/** Watches through the proxy, with times short enough to wait for. */
async function watch(timeoutSeconds = 2, graceSeconds = 1): Promise<Watcher<ConfigMap, string>> {
  changes = [];
  restarts = [];
  proxy = await new TcpProxy(server.port).start();
  watcher = new Watcher<ConfigMap, string>({
    client: server.client(proxy.port),
    resource: CONFIG_MAPS,
    selection: { namespace: NAMESPACE },
    project: ({ data }) => data?.value ?? '',
    onChange: (key, current) => changes.push(`${key}=${current}`),
    onRestart: (cause) => restarts.push(cause),
    log: createLogger('test', 'silent'),
    timeoutSeconds,
    graceSeconds,
  });
  watcher.start();
  await watcher.synced;
  return watcher;
}

const write = (name: string, value: string) =>
  direct.create(CONFIG_MAPS, NAMESPACE, { metadata: { name }, data: { value } });
const rewrite = (name: string, value: string) => direct.merge(CONFIG_MAPS, NAMESPACE, name, { data: { value } });
const erase = (name: string) => direct.delete(CONFIG_MAPS, NAMESPACE, name);
const sees = (name: string, value: string | undefined, seconds = 15) =>
  eventually(() => watcher?.store.get(`${NAMESPACE}/${name}`) === value, `${name}=${value}`, seconds);

test('it tells of each change once, over many watch requests', async () => {
  await write('before', '1');
  await watch();
  await write('after', '1');
  await sees('after', '1');
  await new Promise((resolve) => setTimeout(resolve, 5_000));
  await rewrite('before', '2');
  await sees('before', '2');
  await erase('after');
  await sees('after', undefined);
  const of = (name: string) => changes.filter((change) => change.startsWith(`${NAMESPACE}/${name}=`));
  expect(of('before')).toEqual(['default/before=1', 'default/before=2']);
  expect(of('after')).toEqual(['default/after=1', 'default/after=undefined']);
  expect(restarts).toEqual([]);
});

test('a listing comes in pages', async () => {
  for (let i = 0; i < 510; i += 30) {
    await Promise.all(Array.from({ length: 30 }, (_, j) => write(`page-${i + j}`, 'x')));
  }
  const { store } = await watch();
  expect([...store.keys()].filter((key) => key.includes('/page-'))).toHaveLength(510);
});

test('a connection that has silently died is noticed, and nothing is missed', async () => {
  await watch();
  await write('first', '1');
  await sees('first', '1');
  proxy.silence();
  await write('silent', '1');
  await sees('silent', '1', 10);
  expect(restarts).toContain('silent');
});

test('it outlives an API server that is killed and comes back', async () => {
  await write('kept', '1');
  await watch();
  await server.stopApiServer('SIGKILL');
  await eventually(() => restarts.includes('error'), 'the error');
  await server.startApiServer();
  await rewrite('kept', '2');
  await write('new', '1');
  await sees('kept', '2', 40);
  await sees('new', '1');
  expect(changes).toContain('default/kept=2');
});

test('a version that is gone (410) makes it list anew: deletions that it missed are told', async () => {
  await write('doomed', '1');
  await write('kept', '1');
  await watch(20, 5);
  await rewrite('kept', '2');
  await sees('kept', '2');
  proxy.silenceAll();
  await erase('doomed');
  await server.compact();
  // A new server's watch cache begins after the versions that the watch knows.
  await server.stopApiServer();
  await server.startApiServer();
  await rewrite('kept', '3');
  proxy.cut();
  await sees('doomed', undefined, 40);
  await sees('kept', '3');
  expect(changes).toContain('default/doomed=undefined');
  expect(restarts).toContain('gone');
});
