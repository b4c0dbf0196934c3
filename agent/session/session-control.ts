/**
 * A session's control file: how the agent tells applications that a session has begun or ended. They map it and look at
 * its first bytes, so it is always whole, always of this size, and changes in place.
 *
 *     \x03t3k2zj checkout-test\n\n\n…      the generation (0: none), then a stamp and the session's name
 *
 * Applications compare the first eight bytes with those of their last look. By the stamp, of the time, a quiet one tells a
 * generation that has come again.
 */

import { closeSync, constants, fchmodSync, fstatSync, openSync, readSync, renameSync, writeSync } from 'node:fs';
import { join } from 'node:path';

const SIZE = 64;
const FILE = 'session';
const STAMP = 6;
export const GENERATIONS = 255;

/** Applications may write to the folder, and any of them may be hostile: no link is followed, no pipe waited for. */
const FLAGS = constants.O_RDWR | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/** The generation of the open session, 0 where there is none or no such file. */
export function readControl(folder: string): { generation: number; name: string } {
  let descriptor: number;
  try {
    descriptor = openSync(join(folder, FILE), FLAGS);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { generation: 0, name: '' };
    throw error;
  }
  try {
    const bytes = Buffer.alloc(SIZE);
    if (readSync(descriptor, bytes, 0, SIZE, 0) < SIZE) return { generation: 0, name: '' };
    return { generation: bytes[0] ?? 0, name: bytes.toString('utf8', 1 + STAMP + 1).replace(/\n+$/, '') };
  } finally {
    closeSync(descriptor);
  }
}

export function writeControl(folder: string, generation: number, name = ''): void {
  const bytes = Buffer.alloc(SIZE, '\n');
  if (generation > 0) bytes.write(`${Date.now().toString(36).slice(-STAMP)} ${name}`, 1);
  bytes[0] = generation;
  if (writeInPlace(join(folder, FILE), bytes)) return;
  const draft = join(folder, `.${FILE}.${process.pid}.tmp`);
  const descriptor = openSync(draft, constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC | constants.O_NOFOLLOW);
  try {
    fchmodSync(descriptor, 0o666);
    writeSync(descriptor, bytes);
  } finally {
    closeSync(descriptor);
  }
  renameSync(draft, join(folder, FILE));
}

/** False where there is no such file to write to. */
function writeInPlace(file: string, bytes: Buffer): boolean {
  let descriptor: number;
  try {
    descriptor = openSync(file, FLAGS);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
  try {
    const stat = fstatSync(descriptor);
    if (!stat.isFile() || stat.size !== SIZE) return false;
    writeSync(descriptor, bytes, 0, SIZE, 0);
    return true;
  } finally {
    closeSync(descriptor);
  }
}
