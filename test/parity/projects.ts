/** The published projects whose own test suites are run, and how. */

import type { Python } from '../preload/python/pythons.ts';

/** `kind` is for the report; `source` is the folder to import it from, in its source distribution. */
export type Project = {
  name: string;
  kind: string;
  /** What is pinned for Python 3.11 and above, and below that. */
  version: string;
  older?: string;
  source: string;
  /** Arguments of pytest: which tests, where not all of them, and what the project's own configuration lacks. */
  args: readonly string[];
};

export const PROJECTS: readonly Project[] = [
  { name: 'flask', kind: 'web framework', version: '3.1.3', older: '3.0.3', source: 'src', args: [] },
  { name: 'bottle', kind: 'web framework in one file', version: '0.13.4', source: '.', args: ['test'] },
  { name: 'jinja2', kind: 'template engine', version: '3.1.6', source: 'src', args: [] },
  { name: 'mako', kind: 'template engine', version: '1.3.10', source: '.', args: [] },
  {
    name: 'sqlalchemy',
    kind: 'ORM (a part of its suite)',
    version: '2.0.44',
    source: 'lib',
    args: [
      'test/base',
      ...['select', 'selectable'].map((name) => `test/sql/test_${name}.py`),
      ...['mapper', 'query', 'unitofwork'].map((name) => `test/orm/test_${name}.py`),
    ],
  },
  { name: 'click', kind: 'command line', version: '8.3.1', older: '8.1.8', source: 'src', args: [] },
  { name: 'lark', kind: 'parser', version: '1.2.2', source: '.', args: ['tests'] },
  {
    name: 'pyparsing',
    kind: 'parser',
    version: '3.1.4',
    source: '.',
    args: ['tests', '--ignore=tests/test_diagram.py', '--ignore=tests/test_matplotlib_cases.py'],
  },
  { name: 'aiofiles', kind: 'asynchronous', version: '24.1.0', source: 'src', args: ['tests'] },
  {
    name: 'mpmath',
    kind: 'numeric (without its doctests)',
    version: '1.3.0',
    source: '.',
    args: ['-o', 'addopts=', 'mpmath/tests'],
  },
  { name: 'attrs', kind: 'classes written by exec', version: '25.3.0', source: 'src', args: ['--hypothesis-seed=0'] },
  {
    name: 'marshmallow',
    kind: 'validation',
    version: '3.22.0',
    source: 'src',
    // Its identifiers tell the time of day.
    args: ['--deselect=tests/test_deserialization.py::TestFieldDeserialization::test_invalid_datetime_deserialization'],
  },
  {
    name: 'python-dateutil',
    kind: 'dates',
    version: '2.9.0.post0',
    source: 'src',
    args: ['tests', '-o', 'filterwarnings=', '-o', 'addopts=', '-o', 'xfail_strict=false'],
  },
];

export function requirementOf(project: Project, { series }: Python): string {
  const older = series[0] === 3 && series[1] < 11;
  return `${project.name}==${(older && project.older) || project.version}`;
}
