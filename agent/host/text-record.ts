/** Small files of the home folder: a JSON object of texts, which a broken or unwritable one costs nothing but memory. */

import { randomUUID } from 'node:crypto';
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';

/** Empty where there is none, or what is there is something else. */
export function readTextRecord(file: string): Record<string, string> {
  try {
    const content: unknown = JSON.parse(readFileSync(file, 'utf8'));
    if (typeof content !== 'object' || content === null || Array.isArray(content)) return {};
    return Object.fromEntries(Object.entries(content).filter((entry) => typeof entry[1] === 'string'));
  } catch {
    return {};
  }
}

/** Replaces it whole, so that no reader sees half of it. False where that cannot be done. */
export function changeTextRecord(
  file: string,
  change: (record: Record<string, string>) => Record<string, string>,
): boolean {
  // Not by the pid: in containers that share a home folder all are 1.
  const temporary = `${file}.${randomUUID()}.tmp`;
  try {
    writeFileSync(temporary, `${JSON.stringify(change(readTextRecord(file)), null, 2)}\n`, { mode: 0o600 });
    renameSync(temporary, file);
    return true;
  } catch {
    rmSync(temporary, { force: true });
    return false;
  }
}
