/** `~/.pyca_fingerprint`: what was last confirmed, so that an agent that starts again reports only what is new. */

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { homeFolder } from '../host/home-folder.ts';
import { changeTextRecord, readTextRecord } from '../host/text-record.ts';
import type { RepositoryFacts } from '../repository/repository.ts';
import { FileSink } from '../sink/file-sink.ts';
import type { Sink } from '../sink/sink.ts';

/** Of the last report that was confirmed. */
export interface FingerprintMemory {
  recall(): string | null;
  keep(fingerprint: string): void;
}

export type FingerprintPlace = {
  repository: Pick<RepositoryFacts, 'repo' | 'branch' | 'commit' | 'root'>;
  /** The project's, where there is no repository. */
  folder: string;
  sink: Sink;
  env?: NodeJS.ProcessEnv;
};

/** One entry for each repository and sink: the same lines of another commit, or for another reader, are news. */
export class FingerprintFile implements FingerprintMemory {
  readonly file: string;
  #project: string;
  #commit: string;
  #sink: Sink;

  constructor({ repository, folder, sink, env = process.env }: FingerprintPlace) {
    const { repo, branch, commit, root } = repository;
    this.file = join(homeFolder(env), '.pyca_fingerprint');
    this.#project = repo || root || folder;
    this.#commit = [branch, commit].filter(Boolean).join(' ');
    this.#sink = sink;
  }

  recall(): string | null {
    // Whoever took the file away wants it anew.
    if (this.#sink instanceof FileSink && !existsSync(this.#sink.path)) return null;
    return readTextRecord(this.file)[this.#key] ?? null;
  }

  keep(fingerprint: string): void {
    const ofCommitsBefore = (key: string) =>
      key.startsWith(`${this.#project} `) && key.endsWith(` ${this.#sink.address}`);
    changeTextRecord(this.file, (record) => {
      const others = Object.entries(record).filter(([key]) => !ofCommitsBefore(key));
      return { ...Object.fromEntries(others), [this.#key]: fingerprint };
    });
  }

  get #key(): string {
    return [this.#project, this.#commit, this.#sink.address].filter(Boolean).join(' ');
  }
}
