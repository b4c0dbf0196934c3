/** The line maps of one container, as applications leave them: whatever is in there, the agent goes on. */

import { lstatSync, readdirSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { Coverage, FileLines } from '../../coverage/file-lines.ts';
import { unionCoverage } from '../../coverage/union.ts';
import { describeError, PycaError } from '../../diagnostics/errors.ts';
import { LineMapFile } from './line-map-file.ts';
import { releaseMemory } from './memory.ts';
import { type PathMapping, sourcePath } from './source-path.ts';

const LINE_MAP = /^[0-9a-f]{32}\.lines$/;
/** What an application makes a map under; it is done with that, or dead, long before the time is over. */
const TEMPORARY = /^\.[0-9a-f]{32}\.\d+\.\d+\.tmp$/;
const ABANDONED = 600_000;
/** Far more than any application has: memory stays bounded. */
const MAX_FILES = 20_000;
const MAX_WARNINGS = 100;
/** Folding takes many times the memory of its source: after so many bytes of it it goes back. */
const BATCH = 2 * 1024 * 1024;

export class DataFolder {
  #folder: string;
  #mapping: PathMapping;
  #warn: (file: string, reason: string) => void;
  #files = new Map<string, LineMapFile>();
  /** Files that are no line maps: said once, not looked at again. */
  #invalid = new Set<string>();
  #warned = new Set<string>();
  #folded = 0;

  /** `warn` hears of each file that is left out, once. */
  constructor(folder: string, mapping: PathMapping = [], warn: (file: string, reason: string) => void = () => {}) {
    this.#folder = folder;
    this.#mapping = mapping;
    this.#warn = warn;
  }

  /** Looks at what is there now; true if it is not what it was. A folder that is not there yet is empty. Throws DATA_UNREADABLE. */
  read(): boolean {
    const names = this.#list();
    let changed = this.#forgetAllBut(new Set(names));
    for (const name of names) {
      if (this.#files.has(name) || this.#invalid.has(name)) continue;
      changed = this.#attempt(name, () => this.#add(name)) || changed;
    }
    for (const [name, file] of this.#versions()) changed = this.#attempt(name, () => file.refreshCreated()) || changed;
    for (const [name, file] of this.#newest())
      changed = this.#attempt(name, () => this.#refresh(name, file)) || changed;
    return changed;
  }

  /** Of what `read` saw last. */
  coverage(): Coverage {
    const coverage = new Map<string, FileLines>();
    for (const [, file] of this.#newest()) {
      const path = this.#nameOf(file);
      const lines = file.fold();
      const known = coverage.get(path);
      // Two files may be one in the repository: mapped so, or below two roots.
      const both = known && unionCoverage(new Map([[path, known]]), new Map([[path, lines]])).get(path);
      coverage.set(path, both ?? lines);
    }
    return coverage;
  }

  /** The sources of the files in `coverage`, read when asked for; the newest where several files are called the same. */
  sources(): Map<string, () => Uint8Array> {
    const files = this.#newest().map(([, file]) => file);
    const oldestFirst = files.toSorted((a, b) => a.header.created - b.header.created);
    return new Map(oldestFirst.map((file) => [this.#nameOf(file), () => file.readSource()]));
  }

  #nameOf({ header: { path, root } }: LineMapFile): string {
    return sourcePath(path, root, this.#mapping);
  }

  #list(): string[] {
    try {
      const all = readdirSync(this.#folder);
      for (const name of all) if (TEMPORARY.test(name)) this.#removeAbandoned(join(this.#folder, name));
      const names = all.filter((name) => LINE_MAP.test(name));
      if (names.length <= MAX_FILES) return names;
      this.#warnOnce('', `more than ${MAX_FILES} line maps: the rest is left out`);
      return names.slice(0, MAX_FILES);
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      if (code === 'ENOENT') return [];
      throw new PycaError('DATA_UNREADABLE', message);
    }
  }

  /** It holds space of the volume's; where it can't be removed it does no harm. */
  #removeAbandoned(file: string): void {
    try {
      if (Date.now() - lstatSync(file).mtimeMs > ABANDONED) unlinkSync(file);
    } catch {}
  }

  #forgetAllBut(names: Set<string>): boolean {
    let changed = false;
    for (const name of this.#files.keys()) if (!names.has(name)) changed = this.#files.delete(name);
    for (const name of this.#invalid) if (!names.has(name)) this.#invalid.delete(name);
    return changed;
  }

  #add(name: string): boolean {
    const file = LineMapFile.open(join(this.#folder, name));
    this.#files.set(name, file);
    this.#folded += file.size;
    if (this.#folded >= BATCH) {
      this.#folded = 0;
      releaseMemory();
    }
    return true;
  }

  #refresh(name: string, file: LineMapFile): boolean {
    const found = file.refresh();
    return found === 'replaced' ? this.#add(name) : found === 'changed';
  }

  /** The maps of source files that have several. */
  #versions(): [string, LineMapFile][] {
    const paths = Map.groupBy(this.#files, ([, file]) => file.header.path);
    return [...paths.values()].filter(({ length }) => length > 1).flat();
  }

  /** A source file has one map for each version it had; the one counts that a process was the last to take up. */
  #newest(): [string, LineMapFile][] {
    const newest = new Map<string, [string, LineMapFile]>();
    for (const entry of this.#files) {
      const { path, created } = entry[1].header;
      const known = newest.get(path);
      if (!known || created > known[1].header.created) newest.set(path, entry);
    }
    return [...newest.values()];
  }

  #attempt(name: string, work: () => boolean): boolean {
    try {
      return work();
    } catch (error) {
      const { code, message } = describeError(error);
      if (code === 'ENOENT') return false;
      // What was read of it stays; a file that could not be read for the moment gets its next chance at the next look.
      if (code === 'LINE_MAP_INVALID' && !this.#files.has(name)) this.#invalid.add(name);
      this.#warnOnce(name, message);
      return false;
    }
  }

  #warnOnce(name: string, reason: string): void {
    if (this.#warned.has(name) || this.#warned.size >= MAX_WARNINGS) return;
    this.#warned.add(name);
    this.#warn(name, reason);
  }
}
