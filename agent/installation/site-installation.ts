/**
 * Puts the hook into one site-packages and takes it out again: what was there before is there afterwards, byte for byte.
 *
 * | sitecustomize.py                    | install                             | uninstall                                  |
 * | ----------------------------------- | ----------------------------------- | ------------------------------------------ |
 * | is not there                        | is written                          | is removed                                 |
 * | is a file                           | is put aside, and run by ours       | comes back, with its mode and its bytecode |
 * | is a link, or a package             | is left: the .pth alone starts      | is left                                    |
 * | is ours, changed by somebody since  | is left                             | is left; what was put aside lies beside it |
 */

import { createHash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { type HookFiles, PACKAGE, PTH, SITECUSTOMIZE } from '../site-hook.ts';

/** What an installation did, or would do. */
export type SiteChange = {
  /** One for each file, by its path: `write`, `put aside`, `bring back`, `remove`. */
  steps: { what: string; file: string }[];
  /** What is other than one would expect. */
  notes: string[];
};

type Manifest = {
  v: 1;
  /** Hashes of what may be somebody else's one day. */
  written: Record<string, string>;
  /** Of the sitecustomize.py that was put aside. */
  bytecode: string[];
  /** Folders that were not there before, the innermost first. */
  created: string[];
};

const MANIFEST = `${PACKAGE}/installed.json`;
const KEPT = `${PACKAGE}/kept`;
const BYTECODE = '__pycache__';

export class SiteInstallation {
  #folder: string;
  #dry: boolean;
  #change: SiteChange = { steps: [], notes: [] };

  /** A `dry` one tells what it would do. */
  constructor(folder: string, dry = false) {
    this.#folder = folder;
    this.#dry = dry;
  }

  get isThere(): boolean {
    return existsSync(this.#path(MANIFEST)) || existsSync(this.#path(PTH));
  }

  install(files: HookFiles): SiteChange {
    const manifest = this.#readManifest() ?? { v: 1, written: {}, bytecode: [], created: this.#missingFolders() };
    const before = JSON.stringify(manifest);
    const sitecustomize = this.#placeOfSitecustomize(manifest);
    const names = sitecustomize === 'left' ? [PTH] : [PTH, SITECUSTOMIZE];
    const isForeign = (name: string) => this.#isForeign(name, manifest);
    if (isForeign(PTH)) this.#change.notes.push(`${PTH} was changed since it was written: left as it is`);
    const ours = new Map(
      [...files].filter(([name]) => name.includes('/') || (names.includes(name) && !isForeign(name))),
    );
    for (const name of names) {
      const content = ours.get(name);
      if (content) manifest.written[name] = hash(content);
    }
    if (sitecustomize === 'put aside') manifest.bytecode = bytecodeIn(this.#path(BYTECODE));
    // What tells how to go back comes first, what starts the hook last.
    if (JSON.stringify(manifest) !== before || !existsSync(this.#path(MANIFEST))) {
      this.#write(MANIFEST, Buffer.from(`${JSON.stringify(manifest)}\n`));
    }
    if (sitecustomize === 'put aside') this.#putAside(manifest);
    for (const [name, content] of ours) this.#write(name, content);
    this.#removeOutdated(files);
    return this.#change;
  }

  uninstall(): SiteChange {
    const manifest = this.#readManifest();
    if (!manifest) return this.#change;
    if (this.#isForeign(PTH, manifest)) this.#change.notes.push(`${PTH} was changed since: left as it is`);
    else this.#remove(PTH);
    if (manifest.written[SITECUSTOMIZE]) this.#restoreSitecustomize(manifest);
    this.#remove(PACKAGE);
    for (const folder of manifest.created) this.#removeEmpty(folder);
    return this.#change;
  }

  #placeOfSitecustomize({ written }: Manifest): 'ours' | 'put aside' | 'left' {
    const path = this.#path(SITECUSTOMIZE);
    const found = lstatSync(path, { throwIfNoEntry: false });
    const isPackage = existsSync(this.#path('sitecustomize'));
    if (isPackage || (found && !found.isFile())) {
      this.#change.notes.push(`${isPackage ? 'sitecustomize/' : SITECUSTOMIZE} is not a plain file: left as it is`);
      return 'left';
    }
    if (!found) return 'ours';
    if (!written[SITECUSTOMIZE]) return 'put aside';
    if (!this.#isForeign(SITECUSTOMIZE, { written })) return 'ours';
    this.#change.notes.push(`${SITECUSTOMIZE} was changed since it was written: left as it is`);
    return 'left';
  }

  #isForeign(name: string, { written }: Pick<Manifest, 'written'>): boolean {
    const path = this.#path(name);
    return existsSync(path) && written[name] !== undefined && hash(readFileSync(path)) !== written[name];
  }

  /** A second name of the same file: ours takes its first one, and at no time is there none. */
  #putAside({ bytecode }: Manifest): void {
    this.#step('put aside', SITECUSTOMIZE);
    if (this.#dry) return;
    mkdirSync(this.#path(KEPT, BYTECODE), { recursive: true });
    const kept = this.#path(KEPT, SITECUSTOMIZE);
    rmSync(kept, { force: true });
    linkSync(this.#path(SITECUSTOMIZE), kept);
    for (const name of bytecode) renameSync(this.#path(BYTECODE, name), this.#path(KEPT, BYTECODE, name));
  }

  #restoreSitecustomize(manifest: Manifest): void {
    const [place, kept] = [this.#path(SITECUSTOMIZE), this.#path(KEPT, SITECUSTOMIZE)];
    const hasKept = existsSync(kept);
    if (hasKept && existsSync(place) && readFileSync(place).equals(readFileSync(kept))) return;
    if (this.#isForeign(SITECUSTOMIZE, manifest)) {
      this.#change.notes.push(`${SITECUSTOMIZE} was changed since: left as it is`);
      if (!hasKept) return;
      const beside = `${SITECUSTOMIZE}.before-pyca`;
      this.#change.notes.push(`what was in its place before is ${beside}`);
      this.#step('bring back', beside);
      if (!this.#dry) renameSync(kept, this.#path(beside));
      return;
    }
    this.#step(hasKept ? 'bring back' : 'remove', SITECUSTOMIZE);
    if (this.#dry) return;
    if (hasKept) renameSync(kept, place);
    else rmSync(place, { force: true });
    for (const name of bytecodeIn(this.#path(BYTECODE))) rmSync(this.#path(BYTECODE, name));
    for (const name of manifest.bytecode) {
      const bytecode = this.#path(KEPT, BYTECODE, name);
      if (existsSync(bytecode)) renameSync(bytecode, this.#path(BYTECODE, name));
    }
  }

  /** Whole or not at all, whoever may be reading it, and readable by all: so may the Python be. */
  #write(name: string, content: Buffer): void {
    const path = this.#path(name);
    const present = lstatSync(path, { throwIfNoEntry: false });
    if (present?.isFile() && readFileSync(path).equals(content)) return;
    this.#step('write', name);
    if (this.#dry) return;
    this.#makeFolder(dirname(path));
    const draft = join(dirname(path), `.pyca-${basename(path)}.${process.pid}.tmp`);
    try {
      writeFileSync(draft, content);
      chmodSync(draft, 0o644);
      renameSync(draft, path);
    } finally {
      rmSync(draft, { force: true });
    }
  }

  #makeFolder(folder: string): void {
    if (existsSync(folder)) return;
    this.#makeFolder(dirname(folder));
    mkdirSync(folder);
    chmodSync(folder, 0o755);
  }

  /** What an older version had. */
  #removeOutdated(files: HookFiles): void {
    for (const folder of [PACKAGE, `${PACKAGE}/preload/python`]) {
      if (!existsSync(this.#path(folder))) continue;
      for (const name of readdirSync(this.#path(folder))) {
        if (name.endsWith('.py') && !files.has(`${folder}/${name}`)) this.#remove(`${folder}/${name}`);
      }
    }
  }

  #remove(name: string): void {
    if (!existsSync(this.#path(name))) return;
    this.#step('remove', name);
    if (!this.#dry) rmSync(this.#path(name), { recursive: true, force: true });
  }

  #removeEmpty(folder: string): void {
    if (this.#dry || !existsSync(folder) || readdirSync(folder).length > 0) return;
    rmdirSync(folder);
  }

  #missingFolders(): string[] {
    const missing: string[] = [];
    for (let at = this.#path(BYTECODE); !existsSync(at); at = dirname(at)) missing.push(at);
    return missing;
  }

  #readManifest(): Manifest | undefined {
    try {
      return JSON.parse(readFileSync(this.#path(MANIFEST), 'utf8'));
    } catch {
      return undefined;
    }
  }

  #step(what: string, name: string): void {
    this.#change.steps.push({ what, file: this.#path(name) });
  }

  #path(...names: string[]): string {
    return join(this.#folder, ...names);
  }
}

function bytecodeIn(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder).filter((name) => name.startsWith('sitecustomize.'));
}

function hash(content: Buffer): string {
  return createHash('sha256').update(content).digest('hex');
}
