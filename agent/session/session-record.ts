/** What the agent keeps of a session: `sessions/NAME.json` in the data folder, the lines of a stopped one in it. */

import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

/** The oldest go. */
const MAX_RECORDS = 100;
export const SESSION_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,49}$/;

const recordSchema = z.object({
  v: z.literal(1),
  name: z.string().regex(SESSION_NAME),
  generation: z.number().int().min(1).max(255),
  started: z.iso.datetime(),
  /** Null while it is open. */
  stopped: z.iso.datetime().nullable(),
  files: z.number(),
  lines: z.object({ executable: z.number(), covered: z.number() }),
  fingerprint: z.string(),
  containers: z.array(z.object({ name: z.string(), raw: z.string(), reported: z.boolean() })),
});

export type SessionRecord = z.output<typeof recordSchema>;

export class SessionRecords {
  #folder: string;

  constructor(data: string) {
    this.#folder = join(data, 'sessions');
  }

  /** The oldest first. What cannot be read is none. */
  all(): SessionRecord[] {
    const records = this.#names().flatMap((name) => this.get(name) ?? []);
    return records.sort((a, b) => a.started.localeCompare(b.started) || a.name.localeCompare(b.name));
  }

  get(name: string): SessionRecord | undefined {
    if (!SESSION_NAME.test(name)) return undefined;
    try {
      const record = recordSchema.parse(JSON.parse(readFileSync(this.#file(name), 'utf8')));
      return record.name === name ? record : undefined;
    } catch {
      return undefined;
    }
  }

  put(record: SessionRecord): void {
    mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
    const draft = `${this.#file(record.name)}.tmp`;
    writeFileSync(draft, `${JSON.stringify(record)}\n`, { mode: 0o600 });
    renameSync(draft, this.#file(record.name));
    if (this.#names().length <= MAX_RECORDS) return;
    for (const { name } of this.all().slice(0, -MAX_RECORDS)) this.remove(name);
  }

  remove(name: string): void {
    rmSync(this.#file(name), { force: true });
  }

  #file(name: string): string {
    return join(this.#folder, `${name}.json`);
  }

  #names(): string[] {
    try {
      return readdirSync(this.#folder).flatMap((file) => /^(.*)\.json$/.exec(file)?.[1] ?? []);
    } catch {
      return [];
    }
  }
}
