/** A RabbitMQ of one's own: Debian's package, on free loopback ports, its data in a temporary folder. */

import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freePort } from './free-port.ts';

const SCRIPTS = '/usr/lib/rabbitmq/bin';
const run = promisify(execFile);

export type User = { name: string; password: string; permissions?: { configure: string; write: string; read: string } };

export class RabbitMq {
  readonly port: number;
  #environment: NodeJS.ProcessEnv;
  #folder: string;
  #epmd: ChildProcess;
  #server: ChildProcess | undefined;

  /** Starts an empty broker with these users on the virtual host `/`; the first one may do everything. */
  static async start(users: User[]): Promise<RabbitMq> {
    if (!existsSync(SCRIPTS)) {
      throw new Error('RabbitMQ is missing; run: apt-get install -y --no-install-recommends rabbitmq-server');
    }
    const [port, distributionPort, epmdPort] = [await freePort(), await freePort(), await freePort()];
    const broker = new RabbitMq(port as number, distributionPort as number, epmdPort as number, users);
    await broker.up();
    return broker;
  }

  private constructor(port: number, distributionPort: number, epmdPort: number, users: User[]) {
    this.port = port;
    this.#folder = mkdtempSync(join(tmpdir(), 'pyca-rabbitmq-'));
    mkdirSync(join(this.#folder, 'log'));
    writeFileSync(join(this.#folder, 'definitions.json'), JSON.stringify(definitions(users)));
    writeFileSync(
      join(this.#folder, 'rabbitmq.conf'),
      [
        `listeners.tcp.1 = 127.0.0.1:${port}`,
        `load_definitions = ${join(this.#folder, 'definitions.json')}`,
        'log.console = true',
        'log.file = false',
      ].join('\n'),
    );
    writeFileSync(join(this.#folder, 'enabled_plugins'), '[].');
    this.#environment = {
      PATH: process.env.PATH,
      LANG: 'C.UTF-8',
      HOME: this.#folder,
      RABBITMQ_BASE: this.#folder,
      RABBITMQ_CONF_ENV_FILE: '/dev/null',
      RABBITMQ_CONFIG_FILE: join(this.#folder, 'rabbitmq.conf'),
      RABBITMQ_ENABLED_PLUGINS_FILE: join(this.#folder, 'enabled_plugins'),
      RABBITMQ_LOG_BASE: join(this.#folder, 'log'),
      RABBITMQ_MNESIA_BASE: join(this.#folder, 'data'),
      RABBITMQ_NODENAME: `pyca-${port}@localhost`,
      RABBITMQ_DIST_PORT: String(distributionPort),
      ERL_EPMD_PORT: String(epmdPort),
      ERL_EPMD_ADDRESS: '127.0.0.1',
    };
    this.#epmd = spawn('epmd', [], { env: this.#environment, stdio: 'ignore' });
  }

  url(user: User): string {
    return `amqp://${encodeURIComponent(user.name)}:${encodeURIComponent(user.password)}@127.0.0.1:${this.port}/`;
  }

  /** Starts it (again): what is durable is still there. */
  async up(): Promise<void> {
    this.#server = spawn(join(SCRIPTS, 'rabbitmq-server'), [], {
      env: this.#environment,
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    let output = '';
    for (const stream of [this.#server.stdout, this.#server.stderr]) {
      stream?.on('data', (chunk) => {
        output = (output + chunk).slice(-20_000);
      });
    }
    const deadline = Date.now() + 90_000;
    while (!output.includes('Server startup complete')) {
      if (this.#server.exitCode !== null || Date.now() > deadline)
        throw new Error(`RabbitMQ did not start:\n${output}`);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }

  /** Stops it as a crash of its machine would: nothing is said to its clients but that the connection is gone. */
  async down(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (!server || server.exitCode !== null) return;
    const gone = new Promise((resolve) => server.once('exit', resolve));
    process.kill(-(server.pid as number), 'SIGKILL');
    await gone;
  }

  async stop(): Promise<void> {
    await this.down();
    this.#epmd.kill('SIGKILL');
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /** What `rabbitmqctl` prints, without its talk. */
  async control(...args: string[]): Promise<string> {
    const { stdout } = await run(join(SCRIPTS, 'rabbitmqctl'), ['--quiet', ...args], { env: this.#environment });
    return stdout.trim();
  }

  /** One line for each open connection. */
  async connections(): Promise<string[]> {
    const lines = await this.control('list_connections', '--no-table-headers', 'name', 'state');
    return lines.split('\n').filter(Boolean);
  }
}

function definitions(users: User[]) {
  const everything = { configure: '.*', write: '.*', read: '.*' };
  return {
    vhosts: [{ name: '/' }],
    users: users.map(({ name, password }) => ({ name, password, tags: '' })),
    permissions: users.map(({ name, permissions }) => ({ user: name, vhost: '/', ...(permissions ?? everything) })),
  };
}
