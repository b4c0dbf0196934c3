/** The first half of a self-test: a tiny program runs under the preload, and its lines are collected. */

import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Coverage } from '../../coverage/file-lines.ts';
import { fingerprint } from '../../coverage/fingerprint.ts';
import { printRaw } from '../../coverage/raw-text.ts';
import { PycaError } from '../../diagnostics/errors.ts';
import { version } from '../../diagnostics/version.ts';
import { DataFolder } from '../collection/data-folder.ts';
import { commandEnvironment, plainEnvironment } from '../command/run-environment.ts';
import { findPreload } from '../preload.ts';
import { type ReportMessage, reportMessage } from '../sink/report-message.ts';
import type { Step } from './steps.ts';

const run = promisify(execFile);
const TIMEOUT = 30_000;
const NAME = 'pyca_self_test.py';
const PROGRAM = `def price(amount):
    if amount > 10:
        return amount * 2
    return amount


print(price(3))
`;
const EXPECTED =
  'mode: count\npyca_self_test.py:1.0,2.0 2 1\npyca_self_test.py:4.0,4.0 1 1\npyca_self_test.py:7.0,7.0 1 1\npyca_self_test.py:3.0,3.0 1 0\n';
const ABOUT =
  'import sys, platform; print(platform.python_implementation(), platform.python_version(), sys.executable); ' +
  'sys.exit(0 if sys.version_info >= (3, 8) and sys.implementation.name == "cpython" else 3)';

export class Collection {
  /** What there is to publish, once it has been collected. */
  message: ReportMessage | undefined;
  #folder = '';
  #pythons: string[];
  #python = '';
  #coverage: Coverage = new Map();

  /** Without `python` it is the first of PATH. */
  constructor(python: string | undefined) {
    this.#pythons = python ? [python] : ['python3', 'python'];
  }

  get steps(): Step[] {
    return [
      { step: 'python', work: () => this.#findPython() },
      { step: 'run', work: () => this.#run() },
      { step: 'collect', work: () => this.#collect() },
      { step: 'fingerprint', work: async () => this.#fingerprint() },
    ];
  }

  close(): void {
    if (this.#folder) rmSync(this.#folder, { recursive: true, force: true });
  }

  async #findPython(): Promise<string> {
    for (const python of this.#pythons) {
      try {
        const { stdout } = await run(python, ['-I', '-c', ABOUT], { timeout: TIMEOUT });
        this.#python = python;
        return stdout.trim();
      } catch (error) {
        const { code, stdout } = error as { code?: unknown; stdout?: string };
        if (code === 3) throw new PycaError('PYTHON_NOT_FOUND', `${stdout?.trim()} is not supported`);
        if (code !== 'ENOENT') throw new PycaError('PYTHON_NOT_FOUND', `${python} does not run: ${firstLine(error)}`);
      }
    }
    throw new PycaError('PYTHON_NOT_FOUND', `there is no ${this.#pythons.join(' and no ')}`);
  }

  async #run(): Promise<string> {
    this.#folder = mkdtempSync(join(tmpdir(), 'pyca-test-'));
    const [app, data] = [join(this.#folder, 'app'), join(this.#folder, 'data')];
    for (const folder of [app, data]) mkdirSync(folder);
    writeFileSync(join(app, NAME), PROGRAM);
    const preload = findPreload();
    const env = commandEnvironment(plainEnvironment(process.env), preload, { data, root: app, sessions: false });
    const { PYCA_ENABLED, PYCA_INCLUDE, PYCA_EXCLUDE, ...rest } = env;
    const { stdout, stderr } = await run(this.#python, [NAME], { cwd: app, env: rest, timeout: TIMEOUT }).catch(
      (error) => {
        throw new PycaError('SELF_TEST_FAILED', `the program ended with an error: ${firstLine(error)}`);
      },
    );
    if (stdout.trim() === '3' && !stderr)
      return `a program of 5 statements, hooked by ${rest.PYCA_PYTHONPATH ? 'LD_PRELOAD' : 'PYTHONPATH'}`;
    throw new PycaError('SELF_TEST_FAILED', `the program printed ${JSON.stringify(stdout + stderr)} instead of 3`);
  }

  async #collect(): Promise<string> {
    const faults: string[] = [];
    const data = new DataFolder(join(this.#folder, 'data'), [], (_, reason) => faults.push(reason));
    data.read();
    this.#coverage = data.coverage();
    const raw = printRaw(this.#coverage);
    if (this.#coverage.size === 0) {
      throw new PycaError(
        'SELF_TEST_FAILED',
        `the program left no line map${faults.map((fault) => `: ${fault}`).join('')}`,
      );
    }
    if (raw !== EXPECTED)
      throw new PycaError('SELF_TEST_FAILED', `other lines ran than should have: ${JSON.stringify(raw)}`);
    return '4 of 5 statements ran: the right ones';
  }

  #fingerprint(): string {
    const origin = { namespace: '', workload: '', pod: '', container: '', version };
    const ci = { provider: '', pipeline_id: '', job_id: '' };
    const repository = { repo: '', repo_id: '', branch: '', commit: '', ci };
    const message = reportMessage(printRaw(this.#coverage), { ...origin, repository });
    this.message = { ...message, headers: { ...message.headers, 'pyca-test': 'true' } };
    return fingerprint(this.#coverage);
  }
}

function firstLine(error: unknown): string {
  const { stderr, message } = error as { stderr?: string; message: string };
  return (stderr?.trim().split('\n').at(-1) || message).slice(0, 300);
}
