/** One project on one Python: its suite without a collector, under PYCA, and once more for coverage.py's lines. */

import type { Coverage } from '../../coverage/file-lines.ts';
import { unionCoverage } from '../../coverage/union.ts';
import type { Python } from '../preload/python/pythons.ts';
import { type Comparison, compareCoverage } from './comparison.ts';
import type { Project } from './projects.ts';
import { type Outcomes, Suite } from './suite.ts';

export type ParityRun = Comparison & {
  /** Of the suite without a collector, and the tests whose outcome is another under PYCA. */
  outcomes: Outcomes;
  changed: string[];
  /** How many lines ran in one of two executions only, and were seen alike where both collectors watched one. */
  chance: number;
  seconds: { plain: number; pyca: number };
};

/**
 * From 3.12 on both collectors watch one execution, as neither changes the code that runs. Before that PYCA puts probes into
 * it, which coverage.py would see as well: it gets a run of its own, of the same tests in the same order with the same hashes.
 * Some lines run by chance, though, as where the order of a set follows from addresses: where the two differ, both run again,
 * what ran in any of a collector's runs counts, and of what is left one execution that both watch decides.
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

type Judged = Comparison & { chance: number };

function compareOneExecution(suite: Suite): Judged {
  const { pyca, coveragePy } = suite.run({ pyca: true, coveragePy: true });
  return { ...compareCoverage(pyca, coveragePy), chance: 0 };
}

function compareTwoExecutions(suite: Suite, first: Coverage): Judged {
  const reference = suite.run({ coveragePy: true }).coveragePy;
  const once = compareCoverage(first, reference);
  if (once.differences.length === 0) return { ...once, chance: 0 };
  const twice = compareCoverage(
    unionCoverage(first, suite.run({ pyca: true }).pyca),
    unionCoverage(reference, suite.run({ coveragePy: true }).coveragePy),
  );
  if (twice.differences.length === 0) return { ...twice, chance: once.differences.length };
  const { differences } = compareOneExecution(suite);
  return { ...twice, differences, chance: once.differences.length - differences.length };
}

function changedOutcomes(before: Outcomes, after: Outcomes): string[] {
  return [...new Set([...Object.keys(before), ...Object.keys(after)])]
    .filter((test) => before[test] !== after[test])
    .map((test) => `${test}: ${before[test] ?? 'not run'} without PYCA, ${after[test] ?? 'not run'} under it`);
}
