/** Runs small applications under the preload, and tells what came of their line maps. */

import { type ChildProcess, type SpawnSyncOptions, spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { onTestFinished } from 'vitest';
import { type LineMap, parseLineMap } from '../../../coverage/line-map.ts';
import type { Python } from './pythons.ts';

export const preload = join(import.meta.dirname, '../../../agent/preload/python');

export type Result = { status: number | null; signal: string | null; stdout: string; stderr: string };

/** A folder for one test: `app/` is where the application runs, `data/` where its line maps go. */
export class Application {
  readonly folder = realpathSync(mkdtempSync(join(tmpdir(), 'pyca-python-')));
  readonly app = join(this.folder, 'app');
  readonly data = join(this.folder, 'data');
  readonly #python: Python;

  /** `files` are written below `app/`, by relative path. */
  constructor(python: Python, files: Record<string, string>) {
    this.#python = python;
    for (const folder of [this.app, this.data]) mkdirSync(folder);
    for (const [name, content] of Object.entries(files)) this.write(name, content);
    onTestFinished(() => rmSync(this.folder, { recursive: true, force: true }));
  }

  write(name: string, content: string): void {
    mkdirSync(dirname(join(this.app, name)), { recursive: true });
    writeFileSync(join(this.app, name), content);
  }

  environment(changes: Record<string, string | undefined> = {}): NodeJS.ProcessEnv {
    const { PATH, HOME } = process.env;
    return { PATH, HOME, PYTHONPATH: preload, PYCA_DATA: this.data, PYTHONDONTWRITEBYTECODE: '1', ...changes };
  }

  /** Runs `python ARGUMENTS`, whatever comes of it. */
  run(
    args: readonly string[],
    changes: Record<string, string | undefined> = {},
    options: SpawnSyncOptions = {},
  ): Result {
    const env = this.environment(changes);
    const result = spawnSync(this.#python.command, args, { cwd: this.app, env, ...options, encoding: 'utf8' });
    if (result.error) throw result.error;
    const { status, signal, stdout, stderr } = result;
    return { status, signal, stdout, stderr };
  }

  /** Runs what has to end well and leave stderr empty; returns its stdout. */
  runs(args: readonly string[], changes: Record<string, string | undefined> = {}): string {
    const { status, signal, stdout, stderr } = this.run(args, changes);
    if (status !== 0 || stderr) throw new Error(`${args.join(' ')} ended with ${signal ?? status}: ${stderr}${stdout}`);
    return stdout;
  }

  /** Runs it without the preload and with it: what it says and how it ends has to be the same. Returns that. */
  runsAlike(
    args: readonly string[],
    changes: Record<string, string | undefined> = {},
    options: SpawnSyncOptions = {},
  ): Result {
    const plain = this.run(args, { PYTHONPATH: undefined, ...withoutPreload(changes), PYCA_DATA: undefined }, options);
    const result = this.run(args, changes, options);
    if (!isDeepStrictEqual(result, plain))
      throw new Error(`${args.join(' ')}: ${JSON.stringify(plain)} becomes ${JSON.stringify(result)}`);
    return result;
  }

  start(args: readonly string[], changes: Record<string, string | undefined> = {}): ChildProcess {
    return spawn(this.#python.command, args, { cwd: this.app, env: this.environment(changes), stdio: 'pipe' });
  }

  maps(): LineMap[] {
    return readdirSync(this.data)
      .filter((name) => name.endsWith('.lines'))
      .map((name) => parseLineMap(readFileSync(join(this.data, name))));
  }

  /** The states of a file's lines as text, the newest map's; undefined without a map. */
  lines(name: string): string | undefined {
    const maps = this.maps().filter(({ header }) => header.path === join(this.app, name));
    const newest = maps.sort((a, b) => b.header.created - a.header.created)[0];
    return newest && Buffer.from(newest.lines).toString('latin1');
  }

  /** The names of files that have a map, without folders; and what else is in the data folder. */
  mapped(): string[] {
    const others = readdirSync(this.data).filter((name) => !name.endsWith('.lines'));
    return [...this.maps().map(({ header }) => basename(header.path)), ...others].sort();
  }
}

/** The same variables but for the preload at the front of PYTHONPATH. */
function withoutPreload(changes: Record<string, string | undefined>): Record<string, string | undefined> {
  const { PYTHONPATH } = changes;
  return PYTHONPATH ? { ...changes, PYTHONPATH: PYTHONPATH.replace(`${preload}:`, '') } : changes;
}

/** The states that a source's own comments tell of: `#+` at the end of a line that runs, `#-` of one that doesn't. */
export function marks(source: string): string {
  const lines = source.split('\n').slice(0, source.endsWith('\n') || source === '' ? -1 : undefined);
  return lines.map((line) => /#([+-])$/.exec(line)?.[1] ?? '.').join('');
}

/** The states of a file's lines where its source tells of them: the version decides on what a line without a mark has. */
export function statesOfMarked(lines: string | undefined, source: string): string {
  return [...marks(source)].map((mark, at) => (mark === '.' ? '.' : lines?.[at])).join('');
}
