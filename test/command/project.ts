/** A project in a temporary folder, a git repository, in which `bin/pyca` is called as a user calls it. */

import { type ChildProcess, execFileSync, type SpawnSyncReturns, spawn, spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { DataFolder } from '../../agent/collection/data-folder.ts';
import { type Coverage, countLines } from '../../coverage/file-lines.ts';
import { parseRaw } from '../../coverage/raw-text.ts';
import type { Report } from '../../coverage/report.ts';
import { unionCoverage } from '../../coverage/union.ts';
import { cacheFolder } from '../preload/python/packages.ts';

export const PYCA = fileURLToPath(new URL('../../bin/pyca', import.meta.url));

export class Project {
  readonly folder = realpathSync(mkdtempSync(join(tmpdir(), 'pyca-project-')));
  readonly home = realpathSync(mkdtempSync(join(tmpdir(), 'pyca-home-')));

  constructor(files: Record<string, string> = {}) {
    execFileSync('git', ['init', '-q', '-b', 'main', this.folder]);
    for (const [name, content] of Object.entries(files)) this.write(name, content);
    onTestFinished(() => {
      for (const folder of [this.folder, this.home]) rmSync(folder, { recursive: true, force: true });
    });
  }

  write(name: string, content: string): void {
    mkdirSync(dirname(join(this.folder, name)), { recursive: true });
    writeFileSync(join(this.folder, name), content);
  }

  environment(changes: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
    // Debian's Python is in that cache, and would else be built anew.
    const cache = cacheFolder();
    return {
      PATH: process.env.PATH,
      HOME: this.home,
      PYCA_TEST_CACHE: cache,
      PYTHONDONTWRITEBYTECODE: '1',
      ...changes,
    };
  }

  /** `pyca ARGUMENTS`, whatever comes of it. */
  pyca(args: readonly string[], changes: NodeJS.ProcessEnv = {}, input = '', folder = ''): SpawnSyncReturns<string> {
    const options = { cwd: join(this.folder, folder), env: this.environment(changes), input };
    return spawnSync(PYCA, args, { ...options, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });
  }

  /** It goes on; `output` of what it returns has all that it printed so far. */
  start(args: readonly string[], changes: NodeJS.ProcessEnv = {}): ChildProcess & { output: () => string } {
    const env = this.environment(changes);
    const child = spawn(PYCA, args, { cwd: this.folder, env, stdio: ['pipe', 'pipe', 'pipe'] });
    let text = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk) => {
        text += chunk;
      });
    }
    onTestFinished(() => void child.kill('SIGKILL'));
    return Object.assign(child, { output: () => text });
  }

  /** Reports that went to the default place. */
  reports(): Report[] {
    const file = join(this.folder, '.pyca/reports.ndjson');
    if (!existsSync(file)) return [];
    return readFileSync(file, 'utf8')
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line));
  }

  /** All that was reported. */
  reported(): Coverage {
    return this.reports()
      .map(({ coverage }) => parseRaw(coverage.raw))
      .reduce(unionCoverage, new Map());
  }

  /** What the line maps say now. */
  collected(data = '.pyca/data'): Coverage {
    const folder = new DataFolder(join(this.folder, data), [{ from: this.folder, to: '' }]);
    folder.read();
    return folder.coverage();
  }

  files(folder: string): string[] {
    return readdirSync(join(this.folder, folder)).sort();
  }
}

/** How a process ended that is still running, or has ended already. */
export async function ending(child: ChildProcess): Promise<{ code: number | null; signal: string | null }> {
  if (child.exitCode === null && child.signalCode === null) {
    await new Promise((resolve) => child.once('close', resolve));
  }
  return { code: child.exitCode, signal: child.signalCode };
}

export function covered(coverage: Coverage): number {
  return countLines(coverage).covered;
}
