/** What a report says of the repository: settings, then CI's own variables, then git. */

import type { Report } from '../coverage/report.ts';
import { ciFacts, NO_CI } from './ci-facts.ts';
import type { AgentConfig } from './config.ts';
import { findProjectRoot } from './dot-env.ts';

/** "" where it is not known. */
export type RepositoryFacts = Pick<Report, 'repo' | 'repo_id' | 'branch' | 'commit' | 'ci'> & {
  /** The work tree's root: what reports call files by; null where there is none. */
  root: string | null;
};

export type Repository = RepositoryFacts & {
  /**
   * Resolves when `repo_id` is filled in, or after a few seconds at most where it cannot be had now. The Reporter awaits it
   * before each report; it asks again when that may help.
   */
  complete(): Promise<void>;
};

export type RepositorySettings = Pick<AgentConfig, 'repository' | 'github'>;

/** Facts of the repository that `folder` is in. Never throws: what cannot be found is "". */
export async function findRepository(
  settings: RepositorySettings,
  folder: string = process.cwd(),
  env: NodeJS.ProcessEnv = process.env,
): Promise<Repository> {
  const ci = ciFacts(env);
  const { repo, repo_id, branch, commit } = settings.repository;
  return {
    repo: repo || ci?.repo || '',
    repo_id: repo_id || ci?.repo_id || '',
    branch: branch || ci?.branch || '',
    commit: commit || ci?.commit || '',
    ci: ci ? { provider: ci.provider, pipeline_id: ci.pipeline_id, job_id: ci.job_id } : NO_CI,
    root: findProjectRoot(folder),
    complete: async () => {},
  };
}
