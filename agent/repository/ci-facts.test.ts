import { expect, test } from 'vitest';
import { ciFacts } from './ci-facts.ts';

const github = {
  CI: 'true',
  GITHUB_ACTIONS: 'true',
  GITHUB_SERVER_URL: 'https://github.com',
  GITHUB_REPOSITORY: 'acme/shop',
  GITHUB_REPOSITORY_ID: '1296269',
  GITHUB_RUN_ID: '1658821493',
  GITHUB_JOB: 'test',
  GITHUB_SHA: 'ffac537e6cbbf934b08745a378932722df287a53',
  GITHUB_REF: 'refs/heads/main',
  GITHUB_REF_NAME: 'main',
  GITHUB_REF_TYPE: 'branch',
  GITHUB_EVENT_NAME: 'push',
  GITHUB_HEAD_REF: '',
  GITHUB_BASE_REF: '',
};
const gitlab = {
  CI: 'true',
  GITLAB_CI: 'true',
  CI_REPOSITORY_URL: 'https://gitlab-ci-token:secret@gitlab.com/acme/shop.git',
  CI_PROJECT_URL: 'https://gitlab.com/acme/shop',
  CI_PROJECT_ID: '34',
  CI_PIPELINE_ID: '1000',
  CI_JOB_ID: '50',
  CI_COMMIT_SHA: '1ecfd275763eff1d6b4844ea3168962458c9f27a',
  CI_COMMIT_REF_NAME: 'main',
  CI_COMMIT_BRANCH: 'main',
};
const circle = {
  CI: 'true',
  CIRCLECI: 'true',
  CIRCLE_REPOSITORY_URL: 'git@github.com:acme/shop.git',
  CIRCLE_PIPELINE_ID: '6dd6c8a5-1ed8-4b9c-a2b4-1b9d4b8b7f1c',
  CIRCLE_WORKFLOW_ID: '1d0ae3d3-4f7e-4d4e-8bb5-6b1bb0f8d1f4',
  CIRCLE_WORKFLOW_JOB_ID: '3c2e1a6b-9f4d-4e68-93a3-6d6c7a1d2f10',
  CIRCLE_BUILD_NUM: '33',
  CIRCLE_BRANCH: 'main',
  CIRCLE_SHA1: 'd79d6d2d0b9d5e5a1b8f0a3f6c1c2b7e9a8d7c6b',
};
const jenkins = {
  JENKINS_URL: 'https://jenkins.example.org/',
  BUILD_ID: '153',
  BUILD_NUMBER: '153',
  JOB_NAME: 'shop/main',
  GIT_URL: 'https://github.com/acme/shop.git',
  GIT_COMMIT: '0f7c3c5b1b1d1f6f6e8f1f4f5c2b3a4d5e6f7a8b',
  GIT_BRANCH: 'origin/main',
};

test('outside of CI there are none', () => {
  expect(ciFacts({})).toBeNull();
  expect(ciFacts({ CI: 'true', BUILD_ID: '7', GIT_COMMIT: 'x' })).toBeNull();
});

test.each([
  [
    github,
    ['github-actions', '1658821493', 'test', 'https://github.com/acme/shop', '1296269', 'main', github.GITHUB_SHA],
  ],
  [gitlab, ['gitlab-ci', '1000', '50', gitlab.CI_REPOSITORY_URL, '34', 'main', gitlab.CI_COMMIT_SHA]],
  [
    circle,
    [
      'circleci',
      circle.CIRCLE_PIPELINE_ID,
      circle.CIRCLE_WORKFLOW_JOB_ID,
      'git@github.com:acme/shop.git',
      '',
      'main',
      circle.CIRCLE_SHA1,
    ],
  ],
  [jenkins, ['jenkins', '153', 'shop/main', 'https://github.com/acme/shop.git', '', 'main', jenkins.GIT_COMMIT]],
])('a build of a branch: %#', (env, [provider, pipeline_id, job_id, repo, repo_id, branch, commit]) => {
  expect(ciFacts(env)).toEqual({ provider, pipeline_id, job_id, repo, repo_id, branch, commit });
});

test.each<[string, NodeJS.ProcessEnv, string]>([
  [
    'GitHub, a pull request',
    { ...github, GITHUB_EVENT_NAME: 'pull_request', GITHUB_REF_NAME: '12/merge', GITHUB_HEAD_REF: 'fix/cart' },
    'fix/cart',
  ],
  [
    'GitHub, a pull request’s target, which is what is checked out',
    { ...github, GITHUB_EVENT_NAME: 'pull_request_target', GITHUB_REF_NAME: 'main', GITHUB_HEAD_REF: 'fix/cart' },
    'main',
  ],
  ['GitHub, a tag', { ...github, GITHUB_REF_NAME: 'v1.2', GITHUB_REF_TYPE: 'tag' }, ''],
  [
    'GitLab, a merge request',
    {
      ...gitlab,
      CI_COMMIT_BRANCH: undefined,
      CI_COMMIT_REF_NAME: 'refs/merge-requests/1/head',
      CI_MERGE_REQUEST_SOURCE_BRANCH_NAME: 'fix/cart',
    },
    'fix/cart',
  ],
  [
    'GitLab, a pull request from elsewhere',
    { ...gitlab, CI_COMMIT_BRANCH: 'refs-of-it', CI_EXTERNAL_PULL_REQUEST_SOURCE_BRANCH_NAME: 'fix/cart' },
    'fix/cart',
  ],
  ['GitLab, a tag', { ...gitlab, CI_COMMIT_BRANCH: '', CI_COMMIT_TAG: 'v1.2', CI_COMMIT_REF_NAME: 'v1.2' }, ''],
  ['CircleCI, a tag', { ...circle, CIRCLE_BRANCH: '', CIRCLE_TAG: 'v1.2' }, ''],
  [
    'Jenkins, a pull request',
    { ...jenkins, BRANCH_NAME: 'PR-24', CHANGE_BRANCH: 'fix/cart', GIT_BRANCH: 'PR-24' },
    'fix/cart',
  ],
  ['Jenkins, a branch of several', { ...jenkins, BRANCH_NAME: 'origin/odd', GIT_BRANCH: 'x' }, 'origin/odd'],
  ['Jenkins, one branch', { ...jenkins, GIT_BRANCH: 'origin/release/1' }, 'release/1'],
  ['Jenkins, a local branch', { ...jenkins, GIT_LOCAL_BRANCH: 'release/1' }, 'release/1'],
  ['Jenkins, detached', { ...jenkins, GIT_BRANCH: 'detached' }, ''],
  ['Jenkins, a tag', { ...jenkins, BRANCH_NAME: 'v1.2', TAG_NAME: 'v1.2' }, ''],
])('the branch of %s', (_, env, branch) => expect(ciFacts(env)?.branch).toBe(branch));
