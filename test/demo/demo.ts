/** A sample service under `pyca run`, traffic, coverage that climbs while it comes, and the report. */

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { cpSync, globSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { styleText } from 'node:util';
import { DataFolder } from '../../agent/collection/data-folder.ts';
import { countLines } from '../../coverage/file-lines.ts';
import { formatPercent } from '../../coverage/summary.ts';
import { type Request, STAGES } from './traffic.ts';

const PYCA = join(import.meta.dirname, '../../bin/pyca');
/** Milliseconds between two requests. */
const PACE = Number(process.argv[2] ?? 500);
/** Of your own settings nothing: the demonstration needs no broker. */
const ENVIRONMENT = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^PY?CA_/.test(name)));
const VERSION = 'import sys; print(*sys.version_info[:2]); sys.exit(sys.version_info < (3, 8))';

const say = (text = '') => process.stdout.write(`${text}\n`);
const step = (text: string) => say(`\n${styleText('bold', text)}`);
const command = (text: string) => say(styleText('cyan', `$ ${text}`));

/** The newest of the PATH. */
function findPython(): string {
  const names = ['python3', ...Array.from({ length: 8 }, (_, i) => `python3.${15 - i}`)];
  const found = names.flatMap((name) => {
    const { status, stdout } = spawnSync(name, ['-c', VERSION], { encoding: 'utf8' });
    return status === 0 ? [{ name, minor: Number(stdout.split(' ')[1]) }] : [];
  });
  const [newest] = found.sort((a, b) => b.minor - a.minor);
  if (!newest) throw new Error('the demonstration needs a Python: CPython 3.8 or later');
  return newest.name;
}

function start(folder: string, python: string): { child: ChildProcess; address: Promise<string> } {
  const child = spawn(PYCA, ['run', '--', python, 'app.py', '0'], {
    cwd: folder,
    env: ENVIRONMENT,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const address = new Promise<string>((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`the service ended with ${code}`)));
    child.stdout?.on('data', (chunk) => {
      const found = /listening on (\S+)/.exec(String(chunk))?.[1];
      if (found) resolve(found);
    });
  });
  return { child, address };
}

class Progress {
  #data: DataFolder;
  #total = STAGES.flatMap(({ requests }) => requests).length;
  #done = 0;

  constructor(folder: string) {
    this.#data = new DataFolder(join(folder, '.pyca/data'));
  }

  /** In place before a terminal; else a line at each stage's end. */
  show(stage: string, request: Request, status: number, last: boolean): void {
    this.#done++;
    if (!process.stdout.isTTY && !last) return;
    const line =
      `  ${bar(this.#done / this.#total, 16, 'blue')} ${String(this.#done).padStart(2)}/${this.#total}  ` +
      `${stage.padEnd(15)} ${`${request.method} ${request.path}`.slice(0, 28).padEnd(28)} ${status}`;
    say(process.stdout.isTTY ? `\x1b[2A\r\x1b[K${line}\n\x1b[K${this.coverage()}` : `${line}\n${this.coverage()}`);
  }

  coverage(): string {
    this.#data.read();
    const { executable, covered } = countLines(this.#data.coverage());
    const percent = executable === 0 ? 0 : (100 * covered) / executable;
    return `  ${bar(percent / 100, 16, 'green')} ${formatPercent(percent)}% of ${executable} statements ran`;
  }
}

function bar(share: number, width: number, colour: 'blue' | 'green'): string {
  const full = Math.round(share * width);
  return styleText(colour, '█'.repeat(full)) + styleText('dim', '·'.repeat(width - full));
}

async function sendTraffic(address: string, progress: Progress): Promise<void> {
  for (const { name, requests } of STAGES) {
    for (const [i, request] of requests.entries()) {
      const { method, path, body } = request;
      const response = await fetch(address + path, { method, body: body ?? null });
      await response.arrayBuffer();
      await sleep(PACE);
      progress.show(name, request, response.status, i === requests.length - 1);
    }
  }
}

function report(folder: string, ...args: string[]): void {
  command(`pyca report ${args.join(' ')}`);
  const { status } = spawnSync(PYCA, ['report', ...args], { cwd: folder, env: ENVIRONMENT, stdio: 'inherit' });
  if (status !== 0) throw new Error(`pyca report ended with ${status}`);
}

const folder = mkdtempSync(join(tmpdir(), 'pyca-demo-'));
cpSync(join(import.meta.dirname, 'service'), folder, { recursive: true });
const files = globSync('**/*.py', { cwd: folder });
const lines = files.reduce((sum, file) => sum + readFileSync(join(folder, file), 'utf8').split('\n').length - 1, 0);
const python = findPython();

step(`A web service: ${files.length} files, ${lines} lines of Python, nothing of PYCA in them`);
command(`pyca run -- ${python} app.py`);
const { child, address } = start(folder, python);
try {
  const url = await address;
  const progress = new Progress(folder);
  step('Customers come: what they use is what runs');
  say(`  it listens; nobody has come yet\n${progress.coverage()}`);
  await sendTraffic(url, progress);
  step('The service ends; pyca run says what became of it');
} finally {
  const ended = new Promise((resolve) => child.once('exit', resolve));
  if (child.exitCode === null) child.kill('SIGTERM');
  await ended;
}

step('What ran, and what nobody used');
report(folder, '--show-missing');
step('The same with its source, for the browser');
report(folder, '--format', 'html');

step('Yours next');
say(`  bin/pyca run -- python your_app.py   and then: bin/pyca report --show-missing
  bin/pyca test                        tries the way to your RabbitMQ, HTTP ingest or file
  make cluster-demo                    the same on Kubernetes: one annotation, nothing rebuilt
  rm -r ${folder}          takes this one away`);
