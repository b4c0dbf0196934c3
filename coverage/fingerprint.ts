/** The fingerprint of what ran: two states with the same executed lines have the same. */

import { createHash } from 'node:crypto';
import { byPath, type Coverage } from './file-lines.ts';
import { toRanges } from './ranges.ts';

/**
 * SHA-256, hex, of `a.py:1-3,5-5;b.py:2-2`: files sorted by path, executed lines alone.
 * A file of which nothing ran does not count.
 */
export function fingerprint(coverage: Coverage): string {
  const files = [...coverage].filter(([, { executed }]) => executed.length > 0).sort(byPath);
  const text = files.map(
    ([path, { executed }]) => `${path}:${toRanges(executed).map(([start, end]) => `${start}-${end}`)}`,
  );
  return createHash('sha256').update(text.join(';')).digest('hex');
}
