/** `pyca install` and `pyca uninstall`: the hook into a Python's site-packages, and out of it. */

import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { styleText } from 'node:util';
import { describeError, PycaError } from '../../diagnostics/errors.ts';
import { SiteInstallation } from '../installation/site-installation.ts';
import { askSitePackages, defaultPython, requireOurs, type SitePackages } from '../installation/site-packages.ts';
import { PACKAGE, readHookFiles } from '../site-hook.ts';
import { type CommandSpec, type Option, parseOptions } from './options.ts';

const OPTIONS = {
  python: {
    type: 'string',
    value: 'PATH',
    multiple: true,
    help: 'which one: that of the active virtual environment, else python3',
  },
  user: { type: 'boolean', help: "the user's own site-packages of it, instead of everybody's" },
  'break-system-packages': { type: 'boolean', help: 'also where the Python belongs to the operating system' },
  'dry-run': { type: 'boolean', help: 'tell what would be done' },
  json: { type: 'boolean', help: 'for scripts' },
} as const satisfies Record<string, Option>;

const INSTALL = {
  usage: 'pyca install [--python PATH]... [options]',
  about:
    'Puts a hook into the site-packages of a Python: from then on its programs are collected and reported, with nothing ' +
    'else to do. It can be taken out without a trace: pyca uninstall.',
  options: OPTIONS,
  notes: 'Exit code: 0; 1 not everywhere; 2 a wrong option. More: docs/install-off-kubernetes.md',
} as const satisfies CommandSpec<typeof OPTIONS>;

const UNINSTALL = {
  ...INSTALL,
  usage: 'pyca uninstall [--python PATH]... [options]',
  about: 'Takes the hook of "pyca install" out of a Python. What was in its site-packages before is there as it was.',
} as const satisfies CommandSpec<typeof OPTIONS>;

type Result = {
  python: string;
  version?: string;
  site?: string;
  changed: boolean;
  steps: { what: string; file: string }[];
  notes: string[];
  error?: { code: string; message: string; remedy?: string };
};
type Work = (site: SitePackages, installation: SiteInstallation, dry: boolean) => Promise<Omit<Result, 'python'>>;

export async function install(args: string[]): Promise<number> {
  return forEachPython(INSTALL, args, ['collected from now on', 'is collected already'], async (site, there, dry) => {
    if (site.byPip) {
      return {
        changed: false,
        steps: [],
        notes: ['pip has installed python-coverage-agent there, which does the same'],
      };
    }
    const change = there.install(readHookFiles());
    if (!dry && change.steps.length > 0) await compile(site);
    return { changed: change.steps.length > 0, ...change };
  });
}

export async function uninstall(args: string[]): Promise<number> {
  return forEachPython(UNINSTALL, args, ['collected no more', 'had no hook'], async (site, there) => {
    if (site.byPip && !there.isThere) throw new PycaError('INSTALLED_BY_PIP', `${site.folder} has it by pip`);
    const change = there.uninstall();
    return { changed: change.steps.length > 0, ...change };
  });
}

async function forEachPython(
  spec: CommandSpec<typeof OPTIONS>,
  args: string[],
  said: [changed: string, unchanged: string],
  work: Work,
): Promise<number> {
  const { values } = parseOptions(spec, args) ?? {};
  if (!values) return 0;
  const dry = values['dry-run'];
  const pythons = values.python.length > 0 ? values.python : [defaultPython()];
  const results: Result[] = [];
  for (const python of pythons) {
    try {
      const site = await askSitePackages(python, values.user);
      if (!site.byPip) requireOurs(site, values['break-system-packages']);
      const done = await work(site, new SiteInstallation(site.folder, dry), dry);
      results.push({ ...done, python, version: site.version, site: site.folder });
    } catch (error) {
      results.push({ python, changed: false, steps: [], notes: [], error: describeError(error) });
    }
  }
  if (values.json) process.stdout.write(`${JSON.stringify({ dryRun: dry, pythons: results }, null, 2)}\n`);
  else for (const result of results) print(result, said, dry);
  return results.some(({ error }) => error) ? 1 : 0;
}

/** Whoever runs that Python may not be allowed to write bytecode there: it would compile the hook at each start. */
function compile({ command, folder }: SitePackages): Promise<void> {
  const args = ['-B', '-E', '-m', 'compileall', '-q', '-x', '/kept/', join(folder, PACKAGE)];
  const env = { ...process.env, PYCA_ENABLED: 'false' };
  return new Promise((resolve) => execFile(command, args, { cwd: '/', env }, () => resolve()));
}

function print({ python, version, site, changed, steps, notes, error }: Result, said: [string, string], dry: boolean) {
  if (error) {
    process.stderr.write(`pyca: ${error.code}: ${error.message}${error.remedy ? `\n      ${error.remedy}` : ''}\n`);
    return;
  }
  const mark = changed ? styleText('green', dry ? '…' : '✓') : styleText('dim', '=');
  const verdict = dry && changed ? 'would change' : said[changed ? 0 : 1];
  process.stdout.write(`${mark} ${python} (${version}) ${verdict}\n  ${styleText('dim', site ?? '')}\n`);
  // A package of many files is one thing to whoever reads this.
  const shown = dry ? steps : steps.filter(({ file }) => !file.includes(`/${PACKAGE}/`));
  for (const { what, file } of shown) process.stdout.write(`  ${what.padEnd(10)} ${file}\n`);
  for (const note of notes) process.stdout.write(`  ${styleText('yellow', 'note')}       ${note}\n`);
}
