/** The page that `make parity` writes. */

import { expect, test } from 'vitest';
import type { Exception } from './exceptions.ts';
import type { ParityRun } from './parity-run.ts';
import { report, tally } from './report.ts';

const run: ParityRun = {
  files: 3,
  statements: 1234,
  executed: 1000,
  differences: [{ file: 'a.py', line: 7, kind: 'run here only' }],
  outcomes: { 'test_a.py::one': 'passed', 'test_a.py::two': 'failed' },
  changed: [],
  chance: 2,
  seconds: { plain: 1.4, pyca: 1.6 },
};
const project = { name: 'shop', kind: 'web shop', version: '1.0', source: 'src', args: [] };
const rows = ['3.8', '3.12'].map((python) => ({ project, requirement: 'shop==1.0', python, run }));

test('sums up what was compared, with a row for each project and Python', () => {
  const page = report(rows, []);
  expect(page).toContain(
    '2,468 statements were compared, 2,000 of which ran; 2 differ. In 4 tests PYCA changed 0 outcomes.',
  );
  expect(page).toContain(
    '| shop 1.0: web shop | 3.12 | 3 | 1,234 | 1,000 | 1 (2) | 1 failed, 1 passed | 0 | 1 → 2 s |',
  );
  expect(page).toContain('None.');
});

test('lists each explained difference with its cause', () => {
  const exception: Exception = {
    project: 'shop',
    pythons: ['3.8', '3.12'],
    file: 'a.py',
    lines: [7],
    kind: 'run here only',
    why: 'for the test',
  };
  expect(report(rows, [exception])).toContain('| shop | 3.8, 3.12 | `a.py:7` | run under PYCA only | for the test |');
});

test('counts outcomes, the worst first', () => {
  expect(tally(['passed', 'skipped', 'passed', 'error'])).toBe('1 error, 2 passed, 1 skipped');
});
