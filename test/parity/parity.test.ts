/** A slice of the parity suite on every Python: `make parity` runs the whole of it. */

import { expect, test } from 'vitest';
import { onEachPython } from '../preload/python/pythons.ts';
import { judge } from './exceptions.ts';
import { runParity } from './parity-run.ts';
import { PROJECTS } from './projects.ts';

const SLICE = ['bottle'];

onEachPython('a published project’s own tests', (python) => {
  for (const project of PROJECTS.filter(({ name }) => SLICE.includes(name))) {
    test(`${project.name}: the lines are coverage.py’s, the outcomes those without PYCA`, () => {
      const run = runParity(project, python);
      expect(run.executed).toBeGreaterThan(1000);
      expect(Object.keys(run.outcomes).length).toBeGreaterThan(100);
      expect(judge(project.name, python.version, run.differences)).toEqual({ unexplained: [], outdated: [] });
      expect(run.changed).toEqual([]);
    });
  }
});
