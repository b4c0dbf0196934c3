/** The cluster under test, driven as a user drives it: kubectl and helm. */

import { execFile, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:https';
import { promisify } from 'node:util';

const run = promisify(execFile);
const OUTPUT = 256 * 1024 * 1024;

export async function kubectl(...args: string[]): Promise<string> {
  return (await run('kubectl', args, { maxBuffer: OUTPUT })).stdout;
}

export async function helm(...args: string[]): Promise<string> {
  return (await run('helm', args, { maxBuffer: OUTPUT })).stdout;
}

// biome-ignore lint/suspicious/noExplicitAny: what the API server answers is read a field at a time
export type KubernetesObject = any;

export async function get(kind: string, namespace: string, name: string): Promise<KubernetesObject> {
  return JSON.parse(await kubectl('get', kind, '-n', namespace, name, '-o', 'json'));
}

export async function list(kind: string, namespace: string, selector = ''): Promise<KubernetesObject[]> {
  return JSON.parse(await kubectl('get', kind, '-n', namespace, '-l', selector, '-o', 'json')).items;
}

/** Server-side what `kubectl apply -f` does with the objects. */
export async function apply(...objects: object[]): Promise<void> {
  const child = spawn('kubectl', ['apply', '-f', '-'], { stdio: ['pipe', 'ignore', 'pipe'] });
  let fault = '';
  child.stderr.on('data', (chunk) => {
    fault += chunk;
  });
  child.stdin.end(objects.map((object) => JSON.stringify(object)).join('\n---\n'));
  const code = await new Promise((resolve) => child.on('close', resolve));
  if (code !== 0) throw new Error(`kubectl apply: ${fault}`);
}

/** A namespace of its own for a test, emptied first. */
export async function freshNamespace(name: string, labels: Record<string, string> = {}): Promise<string> {
  await kubectl('delete', 'namespace', name, '--ignore-not-found', '--wait=true', '--timeout=120s');
  await apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } });
  return name;
}

/** Tries until `probe` neither throws nor gives undefined; after `seconds` the last fault is thrown. */
export async function eventually<T>(what: string, probe: () => Promise<T | undefined>, seconds = 120): Promise<T> {
  const deadline = Date.now() + seconds * 1000;
  let fault: unknown = 'not yet';
  do {
    try {
      const value = await probe();
      if (value !== undefined) return value;
    } catch (error) {
      fault = error;
    }
    await pause(0.5);
  } while (Date.now() < deadline);
  throw new Error(`${what}: not within ${seconds} s`, { cause: fault });
}

export function pause(seconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, seconds * 1000));
}

type Answer = { status: number; body: string };
let server: Promise<{ url: string; agent: Agent }> | undefined;

/** A request to a Service (or a pod) through the API server, which reaches it whatever the provider. */
export async function requestThroughApi(path: string, method = 'GET', timeoutSeconds = 20): Promise<Answer> {
  server ??= apiServer();
  const { url, agent } = await server;
  return new Promise((resolve, reject) => {
    const call = request(url + path, { agent, method, timeout: timeoutSeconds * 1000 }, (response) => {
      let body = '';
      response.on('data', (chunk) => {
        body += chunk;
      });
      response.on('error', reject);
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body }));
    });
    call.on('timeout', () => call.destroy(new Error(`${path}: no answer in ${timeoutSeconds} s`)));
    call.on('error', reject);
    call.end();
  });
}

async function apiServer(): Promise<{ url: string; agent: Agent }> {
  const { clusters, users } = JSON.parse(await kubectl('config', 'view', '--raw', '-o', 'json'));
  const [{ cluster }, { user }] = [clusters[0], users[0]];
  const read = (data: string | undefined, file: string) => (data ? Buffer.from(data, 'base64') : readFileSync(file));
  const agent = new Agent({
    keepAlive: true,
    ca: read(cluster['certificate-authority-data'], cluster['certificate-authority']),
    cert: read(user['client-certificate-data'], user['client-certificate']),
    key: read(user['client-key-data'], user['client-key']),
  });
  return { url: cluster.server, agent };
}
