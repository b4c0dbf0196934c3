/** What `pyca install` writes, and that `pyca uninstall` leaves nothing of it. */

import { existsSync, linkSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { inChroot, onEachPython, supported, unsupported } from '../preload/python/pythons.ts';
import { Laptop } from './laptop.ts';
import { treeOf } from './tree.ts';

const THEIRS = 'import sys\nsys.theirs = (__name__, __file__, sorted(n for n in globals() if n[:2] != "__"))\n';
const LOOK = 'import sys; print(getattr(sys, "theirs", None), "platform_coverage_agent" in sys.modules)';

onEachPython('pyca install', (python) => {
  let laptop: Laptop;
  beforeEach(() => {
    laptop = new Laptop(python);
  });
  afterEach(() => laptop.end());

  const site = (name: string) => join(laptop.sitePackages, name);
  // Debian has one of its own in the standard library, which comes first.
  const isShadowed = inChroot(python);
  const uninstall = () => laptop.pyca(['uninstall', '--python', laptop.command]);

  test('leaves no trace behind', () => {
    const before = treeOf(laptop.venv);
    laptop.install();
    expect(existsSync(site('platform_coverage_agent.pth'))).toBe(true);
    expect(existsSync(site('sitecustomize.py'))).toBe(true);
    laptop.runs(['-c', 'pass']);
    expect(uninstall()).toMatchObject({ status: 0, stderr: '' });
    expect(treeOf(laptop.venv)).toEqual(before);
  });

  test('changes nothing when it is there already', () => {
    laptop.install();
    const before = treeOf(laptop.venv);
    const again = laptop.pyca(['install', '--json', '--python', laptop.command]);
    expect(JSON.parse(again.stdout).pythons).toMatchObject([{ changed: false, steps: [] }]);
    expect(treeOf(laptop.venv)).toEqual(before);
  });

  test('starts by its .pth, whatever sitecustomize there is', () => {
    laptop.install();
    expect(laptop.runs(['-c', LOOK])).toBe('None True\n');
  });

  test('starts by its sitecustomize.py where no .pth is read', () => {
    laptop.install();
    const elsewhere = new Laptop(python);
    const seen = elsewhere.runs(['-c', LOOK], { PYTHONPATH: laptop.sitePackages });
    expect(seen).toBe('None True\n');
    return elsewhere.end();
  });

  test.skipIf(isShadowed)(
    "runs the user's own sitecustomize as before, and gives it back with its mode and bytecode",
    () => {
      writeFileSync(site('sitecustomize.py'), THEIRS, { mode: 0o640 });
      const alone = laptop.runs(['-c', LOOK]);
      expect(alone).toContain(`('sitecustomize', '${site('sitecustomize.py')}', ['sys']) False`);
      const before = treeOf(laptop.venv);
      laptop.install();
      expect(laptop.runs(['-c', LOOK])).toBe(alone.replace('False', 'True'));
      expect(uninstall().status).toBe(0);
      expect(treeOf(laptop.venv)).toEqual(before);
    },
  );

  test.skipIf(isShadowed)('runs what its sitecustomize shadows further along sys.path', () => {
    laptop.install();
    const further = join(laptop.home, 'further');
    mkdirSync(further);
    writeFileSync(join(further, 'sitecustomize.py'), THEIRS);
    writeFileSync(site('z.pth'), `${further}\n`);
    expect(laptop.runs(['-c', LOOK])).toContain(`'${join(further, 'sitecustomize.py')}'`);
    rmSync(join(further, 'sitecustomize.py'));
    const asked = 'try:\n import sitecustomize\nexcept ImportError as error: print(error.name)';
    expect(laptop.runs(['-c', asked])).toBe('sitecustomize\n');
  });
});

const [python] = supported;
test.skipIf(!python).each([
  ['a link', (file: string) => symlinkSync('/etc/hostname', file)],
  ['a package', (file: string) => mkdirSync(file.replace('.py', ''))],
])('a sitecustomize that is %s is left alone', async (_, make) => {
  const laptop = new Laptop(python as NonNullable<typeof python>);
  make(join(laptop.sitePackages, 'sitecustomize.py'));
  const before = treeOf(laptop.venv);
  const { stdout } = laptop.pyca(['install', '--python', laptop.command]);
  expect(stdout).toContain('left as it is');
  expect(treeOf(laptop.venv)).toMatchObject(before);
  laptop.pyca(['uninstall', '--python', laptop.command]);
  expect(treeOf(laptop.venv)).toEqual(before);
  await laptop.end();
});

test.skipIf(!python)('what somebody changed since is told and kept, with what was there before beside it', async () => {
  const laptop = new Laptop(python as NonNullable<typeof python>);
  const file = join(laptop.sitePackages, 'sitecustomize.py');
  writeFileSync(file, '# theirs\n');
  laptop.install();
  const changed = `${readFileSync(file, 'utf8')}# and more\n`;
  writeFileSync(file, changed);
  expect(laptop.pyca(['install', '--python', laptop.command]).stdout).toContain('was changed');
  const { stdout, status } = laptop.pyca(['uninstall', '--python', laptop.command]);
  expect([status, stdout]).toEqual([0, expect.stringContaining('sitecustomize.py.before-pyca')]);
  expect(readFileSync(file, 'utf8')).toBe(changed);
  expect(readFileSync(`${file}.before-pyca`, 'utf8')).toBe('# theirs\n');
  expect(laptop.runs(['-c', 'print(1)'])).toBe('1\n');
  await laptop.end();
});

test.skipIf(!python)('an installation that was cut short can be taken back', async () => {
  const laptop = new Laptop(python as NonNullable<typeof python>);
  const file = join(laptop.sitePackages, 'sitecustomize.py');
  writeFileSync(file, '# theirs\n');
  const before = treeOf(laptop.venv);
  laptop.install();
  // As it is between putting theirs aside and writing ours.
  rmSync(file);
  linkSync(join(laptop.sitePackages, 'platform_coverage_agent/kept/sitecustomize.py'), file);
  rmSync(join(laptop.sitePackages, 'platform_coverage_agent.pth'));
  laptop.pyca(['uninstall', '--python', laptop.command]);
  expect(treeOf(laptop.venv)).toEqual(before);
  await laptop.end();
});

test.skipIf(!python)('--dry-run tells what would be done, and does nothing', async () => {
  const laptop = new Laptop(python as NonNullable<typeof python>);
  const before = treeOf(laptop.venv);
  const { stdout } = laptop.pyca(['install', '--dry-run', '--python', laptop.command]);
  expect(stdout).toContain(join(laptop.sitePackages, 'platform_coverage_agent.pth'));
  expect(treeOf(laptop.venv)).toEqual(before);
  await laptop.end();
});

test.skipIf(!python)('one Python that fails does not keep it from the others', async () => {
  const laptop = new Laptop(python as NonNullable<typeof python>);
  const args = ['install', '--json', '--python', '/no/python', '--python', laptop.command];
  const { status, stdout } = laptop.pyca(args);
  expect(status).toBe(1);
  expect(JSON.parse(stdout).pythons).toMatchObject([{ error: { code: 'PYTHON_NOT_FOUND' } }, { changed: true }]);
  await laptop.end();
});

test.skipIf(!python)("a distribution's Python is refused, unless one insists", async () => {
  const laptop = new Laptop(python as NonNullable<typeof python>);
  // A relocated standard library with the marker of PEP 668, and a site-packages that may be written to.
  const marker = join(laptop.home, 'EXTERNALLY-MANAGED');
  writeFileSync(marker, '[externally-managed]\n');
  const fake = join(laptop.home, 'system-python');
  const answer = JSON.stringify({
    version: '3.13.0',
    series: [3, 13],
    name: 'cpython',
    platform: 'linux',
    folder: laptop.sitePackages,
    read: true,
    managed: marker,
    byPip: false,
  });
  writeFileSync(fake, `#!/bin/sh\necho '${answer}'\n`, { mode: 0o755 });
  const refused = laptop.pyca(['install', '--python', fake]);
  expect([refused.status, refused.stderr]).toEqual([
    1,
    expect.stringMatching(/PYTHON_MANAGED.*\n.*virtual environment/),
  ]);
  expect(laptop.pyca(['install', '--break-system-packages', '--python', fake]).status).toBe(0);
  await laptop.end();
});

test.skipIf(unsupported.every(({ series }) => series[0] === 3 && series[1] >= 8))('an old Python is refused', () => {
  const old = unsupported.find(({ series }) => series[0] < 3 || series[1] < 8);
  const laptop = new Laptop(supported[0] as NonNullable<typeof python>);
  const { status, stderr } = laptop.pyca(['install', '--python', old?.command ?? '']);
  expect([status, stderr]).toEqual([1, expect.stringContaining('PYTHON_UNSUPPORTED')]);
  return laptop.end();
});

test.skipIf(!python || process.getuid?.() !== 0)(
  'a folder that may not be written to is named, with what to do',
  async () => {
    const laptop = new Laptop(python as NonNullable<typeof python>);
    // Not even root writes to /proc.
    const fake = join(laptop.home, 'other-python');
    const answer = {
      version: '3.13.0',
      series: [3, 13],
      name: 'cpython',
      platform: 'linux',
      folder: '/proc/self',
      read: true,
    };
    writeFileSync(fake, `#!/bin/sh\necho '${JSON.stringify({ ...answer, managed: null, byPip: false })}'\n`, {
      mode: 0o755,
    });
    const { status, stderr } = laptop.pyca(['install', '--python', fake]);
    expect([status, stderr]).toEqual([1, expect.stringMatching(/SITE_UNWRITABLE.*\n.*--user/)]);
    await laptop.end();
  },
);
