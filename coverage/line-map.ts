/**
 * Line maps: how an application hands its lines to the agent. A file holds
 *
 *     {"v":1,"path":"/app/cart.py","root":"/app","source":"sha256:…","lines":3,"runtime":"cpython-3.13","created":1764000000000}\n
 *     +-.                      one byte for each source line
 *     def total(): …           the source itself
 *
 * The bytes are CPython's own lines (`co_lines`); `python-statements.ts` folds them into statements.
 */

import { z } from 'zod';
import { PycaError } from '../diagnostics/errors.ts';

/** `.` no code, `-` not run, `+` run. */
export const [NO_CODE, NOT_RUN, RUN] = [0x2e, 0x2d, 0x2b];

const headerSchema = z.object({
  v: z.literal(1),
  path: z.string().min(1),
  root: z.string(),
  source: z.string(),
  lines: z.number().int().nonnegative(),
  runtime: z.string(),
  created: z.number(),
});

export type LineMapHeader = z.output<typeof headerSchema>;
export type LineMap = { header: LineMapHeader; lines: Uint8Array; source: Uint8Array };

/** Views into `file`, no copies. Throws LINE_MAP_INVALID. */
export function parseLineMap(file: Uint8Array): LineMap {
  const { header, size } = parseLineMapHeader(file);
  if (file.length < size + header.lines) {
    throw new PycaError('LINE_MAP_INVALID', `${header.lines} lines promised, ${file.length - size} found`);
  }
  return { header, lines: file.subarray(size, size + header.lines), source: file.subarray(size + header.lines) };
}

/** The header, and its size in bytes: the first line's byte stands there. Throws LINE_MAP_INVALID. */
export function parseLineMapHeader(file: Uint8Array): { header: LineMapHeader; size: number } {
  const end = file.indexOf(0x0a);
  if (end < 0) throw new PycaError('LINE_MAP_INVALID', 'the header has no end');
  let json: unknown;
  try {
    json = JSON.parse(Buffer.from(file.buffer, file.byteOffset, end).toString('latin1'));
  } catch {
    throw new PycaError('LINE_MAP_INVALID', 'the header is not JSON');
  }
  const result = headerSchema.safeParse(json);
  if (result.success) return { header: result.data, size: end + 1 };
  throw new PycaError('LINE_MAP_INVALID', `the header's ${z.prettifyError(result.error).replaceAll('\n', ' ')}`);
}
