/** The lines of one workload: the union over its pods, kept as long as the pod template stays the same. */

import type { Coverage } from '../../coverage/file-lines.ts';
import { unionCoverage } from '../../coverage/union.ts';

export interface Lines {
  readonly executable: number;
  readonly covered: number;
}

export class Tally {
  #templateHash = '';
  /** Apart by container: two programs of one pod may both have an app.py. */
  readonly #coverage = new Map<string, Coverage>();
  readonly #seen = new Map<string, string>();
  #lines: Lines | undefined;

  /** Undefined before the first line. */
  get lines(): Lines | undefined {
    return this.#lines;
  }

  /** A new template is new code: what ran of the old says nothing of it. */
  follow(templateHash: string): void {
    if (templateHash === this.#templateHash) return;
    this.#templateHash = templateHash;
    this.#coverage.clear();
    this.#seen.clear();
    this.#lines = undefined;
  }

  counts(templateHash: string): boolean {
    return templateHash === this.#templateHash;
  }

  /** Whether a pod's container has something that was not added yet. */
  isNews(pod: string, container: string, version: string): boolean {
    return this.#seen.get(`${pod}/${container}`) !== version;
  }

  add(pod: string, container: string, version: string, coverage: Coverage): void {
    this.#seen.set(`${pod}/${container}`, version);
    const known = this.#coverage.get(container);
    this.#coverage.set(container, known ? unionCoverage(known, coverage) : coverage);
    this.#lines = countLines(this.#coverage.values());
  }
}

function countLines(coverages: Iterable<Coverage>): Lines {
  let executable = 0;
  let covered = 0;
  for (const coverage of coverages) {
    for (const { executed, missing } of coverage.values()) {
      executable += executed.length + missing.length;
      covered += executed.length;
    }
  }
  return { executable, covered };
}
