/** The agent's side of a session, as far as applications see it: the control file, and a folder for each generation. */

import { closeSync, mkdirSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parseLineMap } from '../../../coverage/line-map.ts';
import type { Application } from './application.ts';

export class SessionDouble {
  readonly #application: Application;
  readonly #file: string;
  #begun = 0;

  constructor(application: Application, { withControlFile = true } = {}) {
    this.#application = application;
    this.#file = join(application.data, 'session');
    if (withControlFile) writeFileSync(this.#file, `\0${'\n'.repeat(63)}`, { mode: 0o666 });
  }

  folder(generation: number): string {
    return join(this.#application.data, `session-${generation}`);
  }

  begin(generation: number, { withFolder = true } = {}): void {
    rmSync(this.folder(generation), { recursive: true, force: true });
    if (withFolder) mkdirSync(this.folder(generation));
    this.#begun++;
    this.#write(Buffer.from(`${`${this.#begun}`.padStart(6, '0')} name`.padEnd(63, '\n')), 1);
    this.#write(Buffer.from([generation]), 0);
  }

  end(): void {
    this.#write(Buffer.from([0]), 0);
  }

  /** The states of each file's lines, by the file's name; of files that have a map in that session. */
  lines(generation: number): Record<string, string> {
    const maps = readdirSync(this.folder(generation)).map((name) => {
      return parseLineMap(readFileSync(join(this.folder(generation), name)));
    });
    return Object.fromEntries(
      maps.map(({ header, lines }) => [basename(header.path), Buffer.from(lines).toString('latin1')]),
    );
  }

  #write(bytes: Buffer, position: number): void {
    const file = openSync(this.#file, 'r+');
    writeSync(file, bytes, 0, bytes.length, position);
    closeSync(file);
  }
}

/** What a source's comments tell of one session: `#+ab` runs in all, also in sessions a and b, `#-` in none, `#+` in the total alone. */
export function sessionMarks(source: string, session: string): string {
  const lines = source.split('\n').slice(0, -1);
  return lines
    .map((line) => /#([+-])(\w*)$/.exec(line))
    .map((mark) => (mark ? (mark[2]?.includes(session) ? '+' : '-') : '.'))
    .join('');
}
