/** The host's own number of a repository, which a rename keeps: asked of GitHub once, then known in the home folder. */

import { join } from 'node:path';
import type { PycaError } from '../../diagnostics/errors.ts';
import { homeFolder } from '../host/home-folder.ts';
import { changeTextRecord, readTextRecord } from '../host/text-record.ts';
import { askGitHub, type GitHubApi, gitHubApi } from './github-api.ts';

/** When it may help to ask again, in seconds, unless the host says. */
const PATIENCE = { SOON: 60, LATER: 3600 };

export type RepositoryIdOptions = {
  repo: string;
  /** Null: only the home folder is. */
  github: { token: string | undefined; apiUrl: string | undefined } | null;
  env: NodeJS.ProcessEnv;
  /** Hears of the number when it is known. */
  onFound: (id: string) => void;
  now?: () => number;
};

export class RepositoryId {
  fault: PycaError | null = null;
  #options: RepositoryIdOptions;
  #cache: string;
  #known = false;
  #asking: Promise<void> | undefined;
  #notBefore = 0;

  constructor(options: RepositoryIdOptions) {
    this.#options = options;
    this.#cache = join(homeFolder(options.env), '.pyca_repo_id_cache');
    const cached = readTextRecord(this.#cache)[options.repo];
    if (cached) this.#found(cached);
  }

  /** Never throws, and takes as long as GitHub has to answer: 3 s. */
  async look(): Promise<void> {
    const { repo, github, now = Date.now } = this.#options;
    const api = github && gitHubApi(repo, github.apiUrl);
    if (this.#known || !api || now() < this.#notBefore) return;
    this.#asking ??= this.#ask(api).finally(() => {
      this.#asking = undefined;
    });
    await this.#asking;
  }

  async #ask(api: GitHubApi): Promise<void> {
    const { repo, github, now = Date.now } = this.#options;
    try {
      const id = await askGitHub(api, github?.token);
      changeTextRecord(this.#cache, (record) => ({ ...record, [repo]: id }));
      this.#found(id);
    } catch (error) {
      this.fault = error as PycaError;
      const { retryAfter, cause } = error as PycaError;
      const passing = (cause as { passing?: boolean } | undefined)?.passing;
      this.#notBefore = now() + (retryAfter ?? (passing ? PATIENCE.SOON : PATIENCE.LATER)) * 1000;
    }
  }

  #found(id: string): void {
    this.#known = true;
    this.fault = null;
    this.#options.onFound(id);
  }
}
