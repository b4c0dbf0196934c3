/** What git itself says of the folder that an application runs in. */

import { realpathSync } from 'node:fs';
import type { SimpleGit } from 'simple-git';
import { PycaError } from '../../diagnostics/errors.ts';
import { findProjectRoot } from '../settings/dot-env.ts';

/** "" where it is not known. `repo` may bear credentials. */
export type GitFacts = {
  /** The work tree's; null where there is none. */
  root: string | null;
  repo: string;
  branch: string;
  commit: string;
  /** The repository is a submodule of another one. */
  submodule: boolean;
  fault: PycaError | null;
};

const TIMEOUT = 5_000;

/**
 * | folder                    | root         | repo                   | branch          | commit |
 * | ------------------------- | ------------ | ---------------------- | --------------- | ------ |
 * | in a work tree, a worktree, a shallow clone | its root | its remote's | checked out     | HEAD   |
 * | in a submodule            | the submodule's, all of it                                      ||||
 * | HEAD is detached          | its root     | its remote's           | ""              | HEAD   |
 * | no commit yet             | its root     | its remote's           | to be born      | ""     |
 * | no remote                 | its root     | ""                     | checked out     | HEAD   |
 * | a bare repository         | null         | its remote's           | its HEAD's      | HEAD   |
 * | in no repository          | null         | ""                     | ""              | ""     |
 * | git is missing or refuses | as far as folders tell | ""           | ""              | ""     |
 *
 * Of several remotes that of the branch's upstream counts, else `origin`, else the only one.
 */
export async function gitFacts(folder: string, env: NodeJS.ProcessEnv): Promise<GitFacts> {
  const none: GitFacts = { root: null, repo: '', branch: '', commit: '', submodule: false, fault: null };
  const projectRoot = findProjectRoot(folder);
  try {
    // Its first use costs 20 ms and some memory.
    const { simpleGit } = await import('simple-git');
    const variables = environment(env);
    const git = simpleGit({
      baseDir: folder,
      trimmed: true,
      timeout: { block: TIMEOUT },
      // git is asked in its own words, and only reads: settings of the user's own do no harm.
      unsafe: { allowUnsafeConfigEnvCount: true, allowUnsafeConfigPaths: true },
      allowEnvironment: Object.keys(variables),
    }).env(variables);
    const [place, commit, branch] = await Promise.all([
      git.raw(['rev-parse', '--show-toplevel', '--show-superproject-working-tree']).catch(unlessBare),
      git.raw(['rev-parse', '--verify', '--quiet', 'HEAD']),
      git.raw(['symbolic-ref', '--quiet', '--short', 'HEAD']),
    ]);
    const [root, superproject] = place?.split('\n') ?? [];
    const repo = await remoteUrl(git, branch);
    return { root: root || null, repo, branch, commit, submodule: !!superproject, fault: null };
  } catch (error) {
    const fault = gitFault((error as Error).message, projectRoot ?? folder);
    if (!projectRoot) return none;
    return { ...none, root: realpathSync(projectRoot), fault };
  }
}

/** No GIT_DIR, which a git hook sets: the repository is the one that the folder is in. */
function environment(env: NodeJS.ProcessEnv): Record<string, string> {
  const wanted = /^(PATH|HOME|XDG_CONFIG_HOME|GIT_CONFIG_.*|GIT_CEILING_DIRECTORIES|GIT_DISCOVERY_ACROSS_FILESYSTEM)$/;
  const entries = Object.entries(env).filter((entry): entry is [string, string] => wanted.test(entry[0]) && !!entry[1]);
  return { ...Object.fromEntries(entries), LC_ALL: 'C' };
}

function unlessBare(error: Error): undefined {
  if (!error.message.includes('must be run in a work tree')) throw error;
}

async function remoteUrl(git: SimpleGit, branch: string): Promise<string> {
  const remotes = (await git.raw(['remote'])).split('\n').filter(Boolean);
  const upstream = branch ? await git.raw(['config', '--get', `branch.${branch}.remote`]) : '';
  const remote =
    [upstream, 'origin'].find((name) => remotes.includes(name)) ?? (remotes.length === 1 ? remotes[0] : '');
  return remote ? git.raw(['remote', 'get-url', remote]).catch(() => '') : '';
}

function gitFault(said: string, folder: string): PycaError | null {
  if (said.includes('not a git repository')) return null;
  if (said.includes('ENOENT'))
    return new PycaError('GIT_MISSING', `git is not installed: nothing is known of ${folder}`);
  if (said.includes('dubious ownership')) {
    return new PycaError('GIT_REFUSED', `git does not trust ${folder}: it belongs to another user`);
  }
  return new PycaError('GIT_REFUSED', `git in ${folder}: ${said.trim().split('\n')[0]}`);
}
