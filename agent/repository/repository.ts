/** What a report says of the repository: settings, then CI's own variables, then git. */

import type { Report } from '../../coverage/report.ts';
import type { PycaError } from '../../diagnostics/errors.ts';
import type { AgentConfig } from '../settings/config.ts';
import { ciFacts, NO_CI } from './ci-facts.ts';
import { gitFacts } from './git-facts.ts';
import { RepositoryId } from './repository-id.ts';
import { maybeSameRepository, withoutCredentials } from './repository-url.ts';

/** "" where it is not known. */
export type RepositoryFacts = Pick<Report, 'repo' | 'repo_id' | 'branch' | 'commit' | 'ci'> & {
  /** The work tree's root: what reports call files by; null where there is none. */
  root: string | null;
};

/** To be kept as it is, not copied: `repo_id` comes later. */
export type Repository = RepositoryFacts & {
  /** What keeps facts from being known. */
  fault: PycaError | null;
  /**
   * Resolves when `repo_id` is filled in, or after a few seconds at most where it cannot be had now. The Reporter awaits it
   * before each report; the host is asked again when that may help.
   */
  complete(): Promise<void>;
};

export type RepositorySettings = Pick<AgentConfig, 'repository'> & {
  /** Null: nobody is asked. */
  github: AgentConfig['github'] | null;
};

/**
 * Facts of the repository that `folder` is in. Never throws: what cannot be found is "".
 *
 * | fact                 | settings | CI's variables | git                                                  |
 * | -------------------- | -------- | -------------- | ---------------------------------------------------- |
 * | repo, branch, commit | 1st      | 2nd            | 3rd; 2nd where CI is about another repository: in a submodule, or in a clone of another one |
 * | repo_id              | 1st      | 2nd, if `repo` is CI's | GitHub, by `repo`: 3rd                        |
 */
export async function findRepository(
  settings: RepositorySettings,
  folder: string = process.cwd(),
  env: NodeJS.ProcessEnv = process.env,
): Promise<Repository> {
  const { repository: given, github } = settings;
  const git = await gitFacts(folder, env);
  const run = ciFacts(env);
  const ci = run && !git.submodule && maybeSameRepository(run.repo, git.repo) ? run : null;
  const repo = withoutCredentials(given.repo || ci?.repo || git.repo);
  const facts: RepositoryFacts = {
    repo,
    repo_id: given.repo_id || (ci && maybeSameRepository(ci.repo, repo) ? ci.repo_id : ''),
    branch: given.branch || ci?.branch || git.branch,
    commit: given.commit || ci?.commit || git.commit,
    ci: run ? { provider: run.provider, pipeline_id: run.pipeline_id, job_id: run.job_id } : NO_CI,
    root: git.root,
  };
  const repository: Repository = { ...facts, fault: git.fault, complete: async () => {} };
  if (repository.repo_id || !repo) return repository;
  const onFound = (found: string) => {
    repository.repo_id = found;
  };
  const id = new RepositoryId({ repo, github, env, onFound });
  repository.complete = async () => {
    await id.look();
    repository.fault = git.fault ?? id.fault;
  };
  // GitHub answers while the application runs.
  void repository.complete();
  return repository;
}
