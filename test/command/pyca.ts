/** `bin/pyca` as people run it: a process of its own, in a folder of its own. */

import { spawn } from 'node:child_process';
import { join } from 'node:path';

const PYCA = join(import.meta.dirname, '../../bin/pyca');

export type Outcome = { code: number | null; stdout: string; stderr: string };

/** Nothing of this machine's settings reaches it. */
export function pyca(
  args: readonly string[],
  { cwd, env = {}, input = '' }: { cwd: string; env?: NodeJS.ProcessEnv; input?: string },
): Promise<Outcome> {
  const { PATH } = process.env;
  const child = spawn(PYCA, args, { cwd, env: { PATH, HOME: cwd, LANG: 'C.UTF-8', ...env }, stdio: 'pipe' });
  const outcome: Outcome = { code: null, stdout: '', stderr: '' };
  child.stdout.on('data', (chunk) => {
    outcome.stdout += chunk;
  });
  child.stderr.on('data', (chunk) => {
    outcome.stderr += chunk;
  });
  child.stdin.end(input);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve({ ...outcome, code }));
  });
}
