/**
 * The lock that makes the user's agent the only one. Node has no file locks, so whoever starts the agent takes it: the hook of
 * an application (`_agent.py`), or the agent before. The kernel lets go of it when the process ends, however that happens.
 */

import { fstatSync, linkSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';

export const LOCK_DESCRIPTOR = 3;

export class UserAgentLock {
  #file: string;
  #aside: string;

  constructor(state: string) {
    this.#file = join(state, 'agent.lock');
    this.#aside = join(state, `.agent.lock.${process.pid}`);
  }

  /** Whether this process was given the lock. */
  isHeld(): boolean {
    try {
      const locks = readFileSync(`/proc/self/fdinfo/${LOCK_DESCRIPTOR}`, 'latin1');
      return this.isCurrent() && /^lock:.*\bFLOCK\b/m.test(locks);
    } catch {
      return false;
    }
  }

  /** False where the state folder was removed: applications start an agent of their own by the next one. */
  isCurrent(): boolean {
    const current = statSync(this.#file, { throwIfNoEntry: false });
    return current !== undefined && fstatSync(LOCK_DESCRIPTOR).ino === current.ino;
  }

  /** From here on applications start an agent of their own. What came before still counts on this one. */
  putAside(): void {
    renameSync(this.#file, this.#aside);
  }

  /** False where another agent has begun: it takes over what is there. */
  takeBack(): boolean {
    try {
      linkSync(this.#aside, this.#file);
      return true;
    } catch {
      return false;
    } finally {
      rmSync(this.#aside, { force: true });
    }
  }

  /** After `putAside`, and only then. */
  forget(): void {
    rmSync(this.#aside, { force: true });
  }
}
