/**
 * Every difference from coverage.py that is meant to be, with its cause. One that is not here fails the suite, and so does one
 * that is here and no longer occurs. `make parity` renders them in docs/parity.md.
 */

import type { Difference, Kind } from './comparison.ts';

export type Exception = {
  project: string;
  /** Versions as in 3.12. */
  pythons: readonly string[];
  file: string;
  lines: readonly number[];
  kind: Kind;
  why: string;
};

export const EXCEPTIONS: readonly Exception[] = [];

/** Differences that no exception explains, and exceptions (line by line) that explain none. */
export function judge(
  project: string,
  python: string,
  differences: readonly Difference[],
  exceptions: readonly Exception[] = EXCEPTIONS,
): { unexplained: Difference[]; outdated: Difference[] } {
  const expected = exceptions
    .filter((exception) => exception.project === project && exception.pythons.includes(python))
    .flatMap(({ file, kind, lines }) => lines.map((line) => ({ file, line, kind })));
  const without = (all: readonly Difference[], others: readonly Difference[]) =>
    all.filter(
      (one) => !others.some(({ file, line, kind }) => file === one.file && line === one.line && kind === one.kind),
    );
  return { unexplained: without(differences, expected), outdated: without(expected, differences) };
}
