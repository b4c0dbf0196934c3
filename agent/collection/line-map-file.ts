/** One line map as the agent follows it: the source is read once and folded, after that only the bytes of its lines. */

import { createHash } from 'node:crypto';
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import type { FileLines } from '../../coverage/file-lines.ts';
import { type LineMapHeader, NOT_RUN, parseLineMap, parseLineMapHeader } from '../../coverage/line-map.ts';
import { foldLines, pythonStatements, type StatementLines } from '../../coverage/python-statements.ts';
import { PycaError } from '../../diagnostics/errors.ts';

/** Applications write these files, and any of them may be hostile: no link is followed, no pipe waited for. */
const FLAGS = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
const MAX_SIZE = 32 * 1024 * 1024;
const MAX_HEADER = 64 * 1024;
/** Folding takes some 200 bytes of memory a line. */
const MAX_LINES = 500_000;

export class LineMapFile {
  #file: string;
  #header: LineMapHeader;
  #size: number;
  #offset: number;
  #lines: Uint8Array;
  #statements: StatementLines;

  /** Throws LINE_MAP_INVALID where it is none, and what the file system says where it cannot be read. */
  static open(file: string): LineMapFile {
    return withFile(file, (descriptor, size) => {
      if (size > MAX_SIZE) throw new PycaError('LINE_MAP_INVALID', `${size} bytes`);
      // A large file that is no line map, as one of holes alone, is not worth reading.
      const { header } = parseLineMapHeader(readAt(descriptor, Buffer.allocUnsafe(Math.min(size, MAX_HEADER)), 0));
      if (header.lines > MAX_LINES) throw new PycaError('LINE_MAP_INVALID', `${header.lines} lines`);
      return new LineMapFile(file, readAt(descriptor, Buffer.allocUnsafe(size), 0));
    });
  }

  private constructor(file: string, bytes: Uint8Array) {
    const { header, lines, source } = parseLineMap(bytes);
    if (header.lines > source.length)
      throw new PycaError('LINE_MAP_INVALID', `${header.lines} lines promised, of ${source.length} bytes of source`);
    // A name with a control character would break the report's lines.
    if (/[\p{Cc}\u2028\u2029]/u.test(header.path))
      throw new PycaError('LINE_MAP_INVALID', 'its path has control characters');
    const hash = createHash('sha256').update(source).digest('hex');
    if (header.source !== `sha256:${hash}`)
      throw new PycaError('LINE_MAP_INVALID', 'it holds another source than it says');
    this.#file = file;
    this.#header = header;
    this.#size = bytes.length;
    this.#offset = lines.byteOffset - bytes.byteOffset;
    this.#lines = Uint8Array.from(lines);
    this.#statements = pythonStatements(lines, source);
  }

  get header(): LineMapHeader {
    return this.#header;
  }

  /** In bytes, with its source. */
  get size(): number {
    return this.#size;
  }

  /** Reads again when a process has last taken the map up; true if it was since. */
  refreshCreated(): boolean {
    const { created } = this.#header;
    this.#header.created = withFile(this.#file, (descriptor) => {
      return parseLineMapHeader(readAt(descriptor, scratch(this.#offset), 0)).header.created;
    });
    return this.#header.created !== created;
  }

  /** Reads the lines again, where some have not run yet. */
  refresh(): 'unchanged' | 'changed' | 'replaced' {
    if (!this.#lines.includes(NOT_RUN)) return 'unchanged';
    return withFile(this.#file, (descriptor, size) => {
      // Of one name, and so of one source, files of one size have their lines in one place.
      if (size !== this.#size) return 'replaced';
      const lines = readAt(descriptor, scratch(this.#lines.length), this.#offset);
      if (lines.length < this.#lines.length) throw new PycaError('LINE_MAP_INVALID', 'it was cut short');
      if (Buffer.compare(lines, this.#lines) === 0) return 'unchanged';
      this.#lines.set(lines);
      return 'changed';
    });
  }

  /** It is not kept in memory. */
  readSource(): Uint8Array {
    const start = this.#offset + this.#lines.length;
    return withFile(this.#file, (descriptor) => readAt(descriptor, Buffer.allocUnsafe(this.#size - start), start));
  }

  fold(): FileLines {
    return foldLines(this.#lines, this.#statements);
  }
}

function withFile<T>(file: string, read: (descriptor: number, size: number) => T): T {
  const descriptor = openSync(file, FLAGS);
  try {
    const stat = fstatSync(descriptor);
    if (!stat.isFile()) throw new PycaError('LINE_MAP_INVALID', 'not a regular file');
    return read(descriptor, stat.size);
  } finally {
    closeSync(descriptor);
  }
}

function readAt(descriptor: number, buffer: Buffer, position: number): Buffer {
  let length = 0;
  while (length < buffer.length) {
    const read = readSync(descriptor, buffer, length, buffer.length - length, position + length);
    if (read === 0) break;
    length += read;
  }
  return buffer.subarray(0, length);
}

let shared = Buffer.alloc(0);

/** One buffer for every look at every file: its content is of no use after the next call. */
function scratch(length: number): Buffer {
  if (shared.length < length) shared = Buffer.alloc(length * 2);
  return shared.subarray(0, length);
}
