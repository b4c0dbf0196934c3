/** One project on one Python: its suite without a collector, under PYCA, and once more for coverage.py's lines. */

import type { Python } from '../preload/python/pythons.ts';
import { type Comparison, compareCoverage } from './comparison.ts';
import type { Project } from './projects.ts';
import { type Outcomes, Suite } from './suite.ts';

export type ParityRun = Comparison & {
  /** Of the suite without a collector, and the tests whose outcome is another under PYCA. */
  outcomes: Outcomes;
  changed: string[];
  seconds: { plain: number; pyca: number };
};

/**
 * From 3.12 on both collectors watch one execution, as neither changes the code that runs. Before that PYCA puts probes into
 * it, which coverage.py would see as well: it gets a run of its own, of the same tests in the same order with the same hashes.
 */
export function runParity(project: Project, python: Python): ParityRun {
  const suite = new Suite(project, python);
  try {
    const plain = suite.run({});
    const pyca = suite.run({ pyca: true });
    const atOnce = python.series[1] >= 12;
    const reference = suite.run({ pyca: atOnce, coveragePy: true });
    return {
      ...compareCoverage(atOnce ? reference.pyca : pyca.pyca, reference.coveragePy),
      outcomes: plain.outcomes,
      changed: changedOutcomes(plain.outcomes, pyca.outcomes),
      seconds: { plain: plain.seconds, pyca: pyca.seconds },
    };
  } finally {
    suite.remove();
  }
}

function changedOutcomes(before: Outcomes, after: Outcomes): string[] {
  return [...new Set([...Object.keys(before), ...Object.keys(after)])]
    .filter((test) => before[test] !== after[test])
    .map((test) => `${test}: ${before[test] ?? 'not run'} without PYCA, ${after[test] ?? 'not run'} under it`);
}
