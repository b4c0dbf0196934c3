/** One project on one Python: its suite without a collector, under PYCA, and once more for coverage.py's lines. */

import type { Coverage } from '../../coverage/file-lines.ts';
import { unionCoverage } from '../../coverage/union.ts';
import type { Python } from '../preload/python/pythons.ts';
import { type Comparison, compareCoverage } from './comparison.ts';
import type { Project } from './projects.ts';
import { type Outcomes, Suite } from './suite.ts';

/** Of two executions: some lines run by chance, as where the order of a set follows from addresses. */
const ATTEMPTS = 3;

export type ParityRun = Comparison & {
  /** Of the suite without a collector, and the tests whose outcome is another under PYCA. */
  outcomes: Outcomes;
  changed: string[];
  seconds: { plain: number; pyca: number };
};

/**
 * From 3.12 on both collectors watch one execution, as neither changes the code that runs. Before that PYCA puts probes into
 * it, which coverage.py would see as well: it gets a run of its own, of the same tests in the same order with the same hashes.
 * Where the two differ, both run again, and what ran in any of a collector's runs counts.
 */
export function runParity(project: Project, python: Python): ParityRun {
  const suite = new Suite(project, python);
  try {
    const plain = suite.run({});
    const pyca = suite.run({ pyca: true });
    const comparison = python.series[1] >= 12 ? compareOneExecution(suite) : compareTwoExecutions(suite, pyca.pyca);
    return {
      ...comparison,
      outcomes: plain.outcomes,
      changed: changedOutcomes(plain.outcomes, pyca.outcomes),
      seconds: { plain: plain.seconds, pyca: pyca.seconds },
    };
  } finally {
    suite.remove();
  }
}

function compareOneExecution(suite: Suite): Comparison {
  const { pyca, coveragePy } = suite.run({ pyca: true, coveragePy: true });
  return compareCoverage(pyca, coveragePy);
}

function compareTwoExecutions(suite: Suite, first: Coverage): Comparison {
  let pyca = first;
  let { coveragePy } = suite.run({ coveragePy: true });
  let comparison = compareCoverage(pyca, coveragePy);
  for (let attempt = 1; attempt < ATTEMPTS && comparison.differences.length > 0; attempt++) {
    pyca = unionCoverage(pyca, suite.run({ pyca: true }).pyca);
    coveragePy = unionCoverage(coveragePy, suite.run({ coveragePy: true }).coveragePy);
    comparison = compareCoverage(pyca, coveragePy);
  }
  return comparison;
}

function changedOutcomes(before: Outcomes, after: Outcomes): string[] {
  return [...new Set([...Object.keys(before), ...Object.keys(after)])]
    .filter((test) => before[test] !== after[test])
    .map((test) => `${test}: ${before[test] ?? 'not run'} without PYCA, ${after[test] ?? 'not run'} under it`);
}
