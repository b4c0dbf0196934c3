/** Runs a project's own test suite, and tells its outcomes and the lines that each collector saw. */

import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { DataFolder } from '../../agent/collection/data-folder.ts';
import type { Coverage } from '../../coverage/file-lines.ts';
import { coveragePy, type Python } from '../preload/python/pythons.ts';
import { CACHE, sitePackages, sourceDistribution } from '../python/packages.ts';
import { type Project, requirementOf } from './projects.ts';

const PRELOAD = join(import.meta.dirname, '../../agent/preload/python');
const SITE = join(import.meta.dirname, 'site');
const COVERAGE_LINES = join(import.meta.dirname, 'coverage-lines.py');
/** With what coverage.py leaves out. */
const TOOLS = join(import.meta.dirname, '../python');
const TIMEOUT = 20 * 60_000;

/** Test → passed, failed, skipped, xfailed, xpassed or error. */
export type Outcomes = Record<string, string>;
export type Collectors = { pyca?: boolean; coveragePy?: boolean };
export type SuiteRun = { outcomes: Outcomes; pyca: Coverage; coveragePy: Coverage; seconds: number };

/** A folder of its own for one project on one Python: each run finds it as the source distribution is. */
export class Suite {
  readonly #project: Project;
  readonly #python: Python;
  readonly #folder = realpathSync(mkdtempSync(join(tmpdir(), 'pyca-parity-')));

  constructor(project: Project, python: Python) {
    this.#project = project;
    this.#python = python;
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }

  run(collectors: Collectors): SuiteRun {
    const [root, data] = [join(this.#folder, this.#project.name), join(this.#folder, 'data')];
    for (const folder of [root, data]) rmSync(folder, { recursive: true, force: true });
    cpSync(sourceDistribution(requirementOf(this.#project, this.#python)), root, { recursive: true });
    mkdirSync(data);
    const outcomes = join(this.#folder, 'outcomes.json');
    rmSync(outcomes, { force: true });
    const config = this.#coverageConfiguration();

    const began = performance.now();
    const { stdout, stderr, status } = spawnSync(this.#python.command, ['-m', 'pytest', ...this.#args()], {
      cwd: root,
      env: this.#environment(root, collectors, { PYCA_DATA: data, PARITY_OUTCOMES: outcomes, config }),
      encoding: 'utf8',
      maxBuffer: 2 ** 28,
      timeout: TIMEOUT,
    });
    const seconds = (performance.now() - began) / 1000;
    return {
      outcomes: readOutcomes(outcomes, `${status}: ${stderr.slice(-2000)}\n${stdout.slice(-2000)}`),
      pyca: collectors.pyca ? linesBelow(data, root) : new Map(),
      coveragePy: collectors.coveragePy ? this.#coveragePyLines(config, root) : new Map(),
      seconds,
    };
  }

  #args(): string[] {
    return ['-q', '-p', 'no:cacheprovider', '-p', 'parity_outcomes', ...this.#project.args];
  }

  #environment(
    root: string,
    collectors: Collectors,
    { config, ...files }: Record<'PYCA_DATA' | 'PARITY_OUTCOMES' | 'config', string>,
  ): NodeJS.ProcessEnv {
    const { PATH, HOME } = process.env;
    const series = this.#python.series[0] === 3 && this.#python.series[1] < 11 ? '3.8' : '3.11';
    const path = [
      SITE,
      join(root, this.#project.source),
      sitePackages(this.#python, join(import.meta.dirname, `requirements/${series}.txt`)),
      coveragePy(this.#python),
    ];
    return {
      ...{ PATH, HOME, PYCA_TEST_CACHE: CACHE, LANG: 'C.UTF-8', TZ: 'UTC' },
      ...{ PYTHONHASHSEED: '0', PYTHONDONTWRITEBYTECODE: '1' },
      PYCA_SOURCE_ROOT: root,
      PYTHONPATH: [...(collectors.pyca ? [PRELOAD] : []), ...path].join(':'),
      ...(collectors.coveragePy ? { COVERAGE_PROCESS_START: config } : {}),
      ...files,
    };
  }

  #coverageConfiguration(): string {
    const file = join(this.#folder, 'coveragerc');
    const settings = {
      data_file: join(this.#folder, '.coverage'),
      parallel: 'true',
      omit: '*/site-packages/*,*/test/parity/site/*',
    };
    const run = Object.entries(settings).map(([name, value]) => `${name} = ${value}\n`);
    writeFileSync(file, `[run]\n${run.join('')}`);
    return file;
  }

  #coveragePyLines(config: string, root: string): Coverage {
    const { PATH, HOME } = process.env;
    const json = execFileSync(this.#python.command, [COVERAGE_LINES, config, root], {
      env: {
        PATH,
        HOME,
        PYCA_TEST_CACHE: CACHE,
        PYTHONPATH: `${coveragePy(this.#python)}:${TOOLS}`,
        PYTHONDONTWRITEBYTECODE: '1',
      },
      encoding: 'utf8',
      maxBuffer: 2 ** 28,
    });
    return new Map(Object.entries(JSON.parse(json)));
  }
}

/**
 * As the agent reads them. Not compared is what lies outside of the project (it has an absolute path), and what the suite
 * made and removed again: coverage.py can't report a file whose source is gone.
 */
function linesBelow(data: string, root: string): Coverage {
  const problems: string[] = [];
  const folder = new DataFolder(data, [], (file, reason) => problems.push(`${file}: ${reason}`));
  folder.read();
  if (problems.length > 0) throw new Error(problems.join('\n'));
  return new Map([...folder.coverage()].filter(([path]) => existsSync(resolve(root, path)) && !path.startsWith('/')));
}

function readOutcomes(file: string, otherwise: string): Outcomes {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    throw new Error(`the suite did not end as it should: ${otherwise}`);
  }
}
