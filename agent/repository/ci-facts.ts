/** What CI systems say of the run in variables of their own. */

import type { Report } from '../../coverage/report.ts';

/** "" where it is not known. `repo` may bear credentials. */
export type CiFacts = Report['ci'] & Pick<Report, 'repo' | 'repo_id' | 'branch' | 'commit'>;

export const NO_CI = { provider: '', pipeline_id: '', job_id: '' } as const;

/**
 * | provider         | told by          | pipeline_id        | job_id                                      |
 * | ---------------- | ---------------- | ------------------ | ------------------------------------------- |
 * | `github-actions` | GITHUB_ACTIONS   | GITHUB_RUN_ID      | GITHUB_JOB                                  |
 * | `gitlab-ci`      | GITLAB_CI        | CI_PIPELINE_ID     | CI_JOB_ID                                   |
 * | `circleci`       | CIRCLECI         | CIRCLE_PIPELINE_ID, CIRCLE_WORKFLOW_ID | CIRCLE_WORKFLOW_JOB_ID, CIRCLE_BUILD_NUM |
 * | `jenkins`        | JENKINS_URL      | BUILD_ID           | JOB_NAME                                    |
 *
 * | provider         | repo                            | repo_id              | branch                                                | commit          |
 * | ---------------- | ------------------------------- | -------------------- | ----------------------------------------------------- | --------------- |
 * | `github-actions` | GITHUB_SERVER_URL/GITHUB_REPOSITORY | GITHUB_REPOSITORY_ID | GITHUB_HEAD_REF (a pull request's), GITHUB_REF_NAME | GITHUB_SHA      |
 * | `gitlab-ci`      | CI_REPOSITORY_URL               | CI_PROJECT_ID        | CI_MERGE_REQUEST_SOURCE_BRANCH_NAME, CI_EXTERNAL_PULL_REQUEST_SOURCE_BRANCH_NAME, CI_COMMIT_BRANCH | CI_COMMIT_SHA |
 * | `circleci`       | CIRCLE_REPOSITORY_URL           |                      | CIRCLE_BRANCH                                         | CIRCLE_SHA1     |
 * | `jenkins`        | GIT_URL, GIT_URL_1              |                      | CHANGE_BRANCH (a pull request's), BRANCH_NAME, GIT_LOCAL_BRANCH, GIT_BRANCH | GIT_COMMIT |
 *
 * Of several names the first that is set counts. A tag is no branch: then there is none. In `pull_request_target` GitHub checks
 * out the base, whose branch is GITHUB_REF_NAME.
 */
export function ciFacts(env: NodeJS.ProcessEnv): CiFacts | null {
  const first = (...names: string[]) => names.map((name) => env[name]).find(Boolean) ?? '';
  if (env.GITHUB_ACTIONS === 'true') {
    const ofHead = env.GITHUB_EVENT_NAME === 'pull_request_target' ? '' : first('GITHUB_HEAD_REF');
    return {
      provider: 'github-actions',
      pipeline_id: first('GITHUB_RUN_ID'),
      job_id: first('GITHUB_JOB'),
      repo: env.GITHUB_REPOSITORY
        ? `${first('GITHUB_SERVER_URL') || 'https://github.com'}/${env.GITHUB_REPOSITORY}`
        : '',
      repo_id: first('GITHUB_REPOSITORY_ID'),
      branch: ofHead || (env.GITHUB_REF_TYPE === 'tag' ? '' : first('GITHUB_REF_NAME')),
      commit: first('GITHUB_SHA'),
    };
  }
  if (env.GITLAB_CI) {
    return {
      provider: 'gitlab-ci',
      pipeline_id: first('CI_PIPELINE_ID'),
      job_id: first('CI_JOB_ID'),
      repo: first('CI_REPOSITORY_URL', 'CI_PROJECT_URL'),
      repo_id: first('CI_PROJECT_ID'),
      branch: first(
        'CI_MERGE_REQUEST_SOURCE_BRANCH_NAME',
        'CI_EXTERNAL_PULL_REQUEST_SOURCE_BRANCH_NAME',
        'CI_COMMIT_BRANCH',
      ),
      commit: first('CI_COMMIT_SHA'),
    };
  }
  if (env.CIRCLECI === 'true') {
    return {
      provider: 'circleci',
      pipeline_id: first('CIRCLE_PIPELINE_ID', 'CIRCLE_WORKFLOW_ID'),
      job_id: first('CIRCLE_WORKFLOW_JOB_ID', 'CIRCLE_BUILD_NUM'),
      repo: first('CIRCLE_REPOSITORY_URL'),
      repo_id: '',
      branch: first('CIRCLE_BRANCH'),
      commit: first('CIRCLE_SHA1'),
    };
  }
  if (env.JENKINS_URL) {
    const branch = first('CHANGE_BRANCH', 'BRANCH_NAME', 'GIT_LOCAL_BRANCH', 'GIT_BRANCH');
    return {
      provider: 'jenkins',
      pipeline_id: first('BUILD_ID', 'BUILD_NUMBER'),
      job_id: first('JOB_NAME'),
      repo: first('GIT_URL', 'GIT_URL_1'),
      repo_id: '',
      branch: env.TAG_NAME ? '' : withoutRemote(branch, env),
      commit: first('GIT_COMMIT'),
    };
  }
  return null;
}

/** Jenkins' GIT_BRANCH is `origin/main`, and `detached` where it knows none. */
function withoutRemote(branch: string, { GIT_BRANCH }: NodeJS.ProcessEnv): string {
  if (branch === 'detached') return '';
  return branch === GIT_BRANCH ? branch.replace(/^(refs\/remotes\/)?origin\//, '') : branch;
}
