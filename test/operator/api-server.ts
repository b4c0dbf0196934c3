/** A real API server and etcd, without nodes: enough for what only speaks to the API. */

import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { KubeConfig } from '@kubernetes/client-node';
import { KubernetesClient } from '../../operator/kubernetes/client.ts';

const BUILD_TOOLS = join(dirname(import.meta.dirname), 'cluster', 'build-tools.sh');

export class ApiServer {
  readonly port: number;
  readonly folder: string;
  readonly #tools: string;
  readonly #etcdPort: number;
  readonly #peerPort: number;
  readonly #token = randomUUID();
  #etcd: ChildProcess | undefined;
  #apiServer: ChildProcess | undefined;

  private constructor(tools: string, folder: string, ports: readonly [number, number, number]) {
    this.#tools = tools;
    this.folder = folder;
    [this.port, this.#etcdPort, this.#peerPort] = ports;
  }

  static async start(): Promise<ApiServer> {
    const tools = execFileSync(BUILD_TOOLS, { encoding: 'utf8' }).trim();
    const folder = await mkdtemp(join(tmpdir(), 'pyca-api-server-'));
    const server = new ApiServer(tools, folder, [await freePort(), await freePort(), await freePort()]);
    const { privateKey, publicKey } = generateKeyPairSync('rsa', {
      modulusLength: 2048,
      publicKeyEncoding: { type: 'spki', format: 'pem' },
      privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    });
    await writeFile(join(folder, 'sa.key'), privateKey);
    await writeFile(join(folder, 'sa.pub'), publicKey);
    await writeFile(join(folder, 'tokens.csv'), `${server.#token},admin,admin,system:masters\n`);
    server.#startEtcd();
    await server.startApiServer();
    return server;
  }

  async startApiServer(): Promise<void> {
    const { folder } = this;
    const flags = [
      `--etcd-servers=http://127.0.0.1:${this.#etcdPort}`,
      '--bind-address=127.0.0.1',
      `--secure-port=${this.port}`,
      `--cert-dir=${folder}`,
      `--token-auth-file=${folder}/tokens.csv`,
      `--service-account-key-file=${folder}/sa.pub`,
      `--service-account-signing-key-file=${folder}/sa.key`,
      '--service-account-issuer=https://kubernetes.default.svc',
      '--service-cluster-ip-range=10.96.0.0/16',
      '--authorization-mode=RBAC',
      // No controller makes the service accounts that it would wait for.
      '--disable-admission-plugins=ServiceAccount',
      // Held versions are forgotten at once when etcd is compacted, so that a 410 can be provoked.
      '--etcd-compaction-interval=0',
      '--endpoint-reconciler-type=none',
    ];
    this.#apiServer = this.#spawn('kube-apiserver', flags);
    await this.#untilReady();
  }

  async stopApiServer(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    await end(this.#apiServer, signal);
  }

  async stop(): Promise<void> {
    await end(this.#apiServer, 'SIGKILL');
    await end(this.#etcd, 'SIGKILL');
    await rm(this.folder, { recursive: true, force: true });
  }

  /** Talks to the server itself, or to `port` on this machine, which leads to it. */
  client(port = this.port): KubernetesClient {
    return new KubernetesClient(this.kubeConfig(port));
  }

  kubeConfig(port = this.port, impersonateUser?: string): KubeConfig {
    const config = new KubeConfig();
    config.loadFromOptions({
      clusters: [{ name: 'test', server: `https://127.0.0.1:${port}`, skipTLSVerify: true }],
      users: [{ name: 'admin', token: this.#token, ...(impersonateUser ? { impersonateUser } : {}) }],
      contexts: [{ name: 'test', cluster: 'test', user: 'admin' }],
      currentContext: 'test',
    });
    return config;
  }

  /** A kubeconfig of one who may what a service account may, and no more. */
  async writeKubeConfig(namespace: string, serviceAccount: string): Promise<string> {
    const path = join(this.folder, `kubeconfig-${serviceAccount}`);
    const user = `system:serviceaccount:${namespace}:${serviceAccount}`;
    await writeFile(path, this.kubeConfig(this.port, user).exportConfig());
    return path;
  }

  /** What it prints, warnings too. */
  kubectl(...args: string[]): string {
    const { status, stdout, stderr } = spawnSync(
      join(this.#tools, 'kubectl'),
      [`--server=https://127.0.0.1:${this.port}`, '--insecure-skip-tls-verify', `--token=${this.#token}`, ...args],
      { encoding: 'utf8' },
    );
    if (status !== 0) throw new Error(`kubectl ${args.join(' ')}: ${stderr}`);
    return stderr + stdout;
  }

  /** Forgets all versions before now. */
  async compact(): Promise<void> {
    const call = async (path: string, body: object) => {
      const url = `http://127.0.0.1:${this.#etcdPort}/v3/${path}`;
      const response = await fetch(url, { method: 'POST', body: JSON.stringify(body) });
      return (await response.json()) as { header: { revision: string } };
    };
    const { header } = await call('kv/range', { key: Buffer.from('a').toString('base64') });
    await call('kv/compaction', { revision: header.revision, physical: true });
  }

  #startEtcd(): void {
    this.#etcd = this.#spawn('etcd', [
      `--data-dir=${this.folder}/etcd`,
      `--listen-client-urls=http://127.0.0.1:${this.#etcdPort}`,
      `--advertise-client-urls=http://127.0.0.1:${this.#etcdPort}`,
      `--listen-peer-urls=http://127.0.0.1:${this.#peerPort}`,
      '--unsafe-no-fsync',
    ]);
  }

  #spawn(name: string, flags: string[]): ChildProcess {
    const child = spawn(join(this.#tools, name), flags, { stdio: ['ignore', 'pipe', 'pipe'] });
    const log = createWriteStream(join(this.folder, `${name}.log`), { flags: 'a' });
    child.stdout.pipe(log);
    child.stderr.pipe(log);
    return child;
  }

  async #untilReady(): Promise<void> {
    const client = this.client();
    for (let attempt = 0; attempt < 240; attempt += 1) {
      try {
        await client.request('GET', '/api/v1/namespaces/default');
        return;
      } catch {
        await sleep(250);
      }
    }
    throw new Error(`kube-apiserver did not become ready: see ${this.folder}/kube-apiserver.log`);
  }
}

async function end(child: ChildProcess | undefined, signal: NodeJS.Signals): Promise<void> {
  if (!child || child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill(signal);
  await ended;
}

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}

/** Waits until `look` gives something, and gives it. */
export async function eventually<T>(look: () => T | Promise<T>, what: string, seconds = 30): Promise<NonNullable<T>> {
  const deadline = Date.now() + seconds * 1_000;
  for (;;) {
    const seen = await look();
    if (seen) return seen as NonNullable<T>;
    if (Date.now() > deadline) throw new Error(`not seen within ${seconds} s: ${what}`);
    await sleep(100);
  }
}
