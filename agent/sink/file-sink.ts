/** Reports as lines of a file (NDJSON): several agents may append to one. */

import { constants, existsSync, lstatSync } from 'node:fs';
import { access, type FileHandle, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { PycaError } from '../../diagnostics/errors.ts';
import { makeFolder } from '../host/folder.ts';
import type { ReportMessage } from './report-message.ts';
import type { Sink } from './sink.ts';

/** Without O_NONBLOCK a pipe that nobody reads would hold us up. */
const FLAGS = constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | constants.O_NONBLOCK;
const OWNER_ONLY = 0o600;

export class FileSink implements Sink {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  get address(): string {
    return `file://${this.path}`;
  }

  async publish({ body }: ReportMessage): Promise<void> {
    try {
      makeFolder(dirname(this.path));
      const file = await open(this.path, FLAGS, OWNER_ONLY);
      try {
        await append(file, Buffer.concat([body, Buffer.from('\n')]));
      } finally {
        await file.close();
      }
    } catch (error) {
      throw this.#unwritable(error);
    }
  }

  /** Makes neither the file nor its folder. */
  async check(): Promise<void> {
    try {
      if (existsSync(this.path)) {
        await (await open(this.path, constants.O_WRONLY | constants.O_APPEND | constants.O_NONBLOCK)).close();
      } else {
        let folder = dirname(this.path);
        while (!lstatSync(folder, { throwIfNoEntry: false })) folder = dirname(folder);
        await access(`${folder}/.`, constants.W_OK | constants.X_OK);
      }
    } catch (error) {
      throw this.#unwritable(error);
    }
  }

  #unwritable(error: unknown): PycaError {
    return new PycaError('SINK_UNWRITABLE', (error as Error).message, { cause: error });
  }
}

/** One write a report, so that lines of several writers don't mix. What a full volume left of one is taken back. */
async function append(file: FileHandle, line: Buffer): Promise<void> {
  const { size: before } = await file.stat();
  const { bytesWritten } = await file.write(line);
  if (bytesWritten === line.length) return;
  const { size } = await file.stat();
  if (size === before + bytesWritten) await file.truncate(before).catch(() => {});
  throw new Error(`no room for the ${line.length} bytes of a report`);
}
