/** Which files are the application's own, and by what name. */

import { cpSync, mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Application, preload } from './python/application.ts';
import { onEachPython, supported } from './python/pythons.ts';

/** Files of every kind, and a script that imports them all. */
const FILES = {
  'main.py': `import sys
sys.path[1:1] = ["lib/python3/site-packages", "usr/dist-packages", "vendor"]
import shop.cart, shop.tests.test_cart, packaged, system_packaged, vendored, json.tool, wsgiref.util
`,
  'shop/__init__.py': 'x = 1\n',
  'shop/cart.py': 'x = 1\n',
  'shop/tests/__init__.py': 'x = 1\n',
  'shop/tests/test_cart.py': 'x = 1\n',
  'lib/python3/site-packages/packaged.py': 'x = 1\n',
  'usr/dist-packages/system_packaged.py': 'x = 1\n',
  'vendor/vendored.py': 'x = 1\n',
};

const paths = (application: Application) =>
  application
    .maps()
    .map(({ header }) => relative(application.app, header.path))
    .sort();

onEachPython('scope', (python) => {
  const OWN = ['main.py', 'shop/__init__.py', 'shop/cart.py', 'shop/tests/__init__.py', 'shop/tests/test_cart.py'];
  test.each([
    ['by default all but Python itself and packages', {}, [...OWN, 'vendor/vendored.py']],
    ['without a folder', { PYCA_EXCLUDE: 'vendor' }, OWN],
    ['without some folders', { PYCA_EXCLUDE: ' **/tests/ , vendor/*.py,' }, OWN.slice(0, 3)],
    ['of one folder', { PYCA_INCLUDE: 'shop' }, OWN.slice(1)],
    ['of one folder without another', { PYCA_INCLUDE: 'shop', PYCA_EXCLUDE: '**/test_*' }, OWN.slice(1, 4)],
    [
      'with a package',
      { PYCA_INCLUDE: '**/packaged.py,main.py' },
      ['lib/python3/site-packages/packaged.py', 'main.py'],
    ],
    ['relative to the source root', { PYCA_SOURCE_ROOT: 'shop', PYCA_INCLUDE: 'tests' }, OWN.slice(3)],
    ['of nothing', { PYCA_EXCLUDE: '/' }, []],
  ] as [string, Record<string, string>, string[]][])('%s', (_, environment, expected) => {
    const application = new Application(python, FILES);
    application.runs(['main.py'], environment);
    expect(paths(application)).toEqual(expected);
  });

  test('of Python itself, if asked for', () => {
    const application = new Application(python, FILES);
    application.runs(['main.py'], { PYCA_INCLUDE: '/**/json/*.py' });
    expect(application.mapped()).toContain('tool.py');
    expect(application.mapped()).not.toContain('main.py');
  });

  test('never ours', () => {
    const application = new Application(python, { 'main.py': 'x = 1\n' });
    application.runs(['main.py'], { PYCA_INCLUDE: '**' });
    expect(application.maps().filter(({ header }) => header.path.includes('/preload/'))).toEqual([]);
    expect(application.lines('main.py')).toBe('+');
  });

  test('the header tells path and source root', () => {
    const application = new Application(python, FILES);
    application.runs(['main.py'], { PYCA_INCLUDE: 'shop/cart.py' });
    application.runs(['main.py'], { PYCA_SOURCE_ROOT: '/srv', PYCA_INCLUDE: join(application.app, 'main.py') });
    expect(application.maps().map(({ header: { path, root } }) => ({ path, root }))).toEqual(
      expect.arrayContaining([
        { path: join(application.app, 'shop/cart.py'), root: application.app },
        { path: join(application.app, 'main.py'), root: '/srv' },
      ]),
    );
  });
});

onEachPython('the name of a file', (python) => {
  test('given relative to a folder that the process has left since', () => {
    const source =
      'import os\nos.chdir("/")\ndef function():\n    return 1\nexec(compile("x = 1", "other.py", "exec"))\nfunction()\n';
    const application = new Application(python, { 'app.py': source, 'other.py': 'x = 1\n' });
    application.runs(['app.py']);
    expect(application.lines('app.py')).toBe('++++++');
    expect(application.lines('other.py')).toBe('+');
  });

  test('is one, whatever links lead to it', () => {
    const source =
      'import sys\nsys.path.insert(0, "link")\nimport cart\nsys.path.insert(0, "real")\ndel sys.modules["cart"]\nimport cart, alias\n';
    const application = new Application(python, { 'app.py': source, 'real/cart.py': 'x = 1\n' });
    symlinkSync('real', join(application.app, 'link'));
    symlinkSync('cart.py', join(application.app, 'real/alias.py'));
    application.runs(['app.py']);
    expect(paths(application)).toEqual(['app.py', 'real/cart.py']);
  });

  test('below a folder whose name begins with dots, where without it there is something else', () => {
    const application = new Application(python, { '..v1/shop/cart.py': 'print("fine")\n', shop: '' });
    expect(application.runs(['..v1/shop/cart.py'])).toBe('fine\n');
    expect(application.maps().map(({ header }) => header.path)).toEqual([join(application.app, '..v1/shop/cart.py')]);
  });

  test('of a package that is a link to where it is being worked on', () => {
    const source = 'import sys\nsys.path.insert(0, "site-packages")\nimport mine\n';
    const application = new Application(python, { 'app.py': source, 'src/mine/__init__.py': 'x = 1\n' });
    mkdirSync(join(application.app, 'site-packages'));
    symlinkSync('../src/mine', join(application.app, 'site-packages/mine'));
    application.runs(['app.py']);
    expect(paths(application)).toEqual(['app.py', 'src/mine/__init__.py']);
  });

  test('in a ConfigMap volume is the one that stays, and an update is another version of it', () => {
    const application = new Application(python, { '..2026_01/app.py': 'import mod\n', '..2026_01/mod.py': 'x = 1\n' });
    symlinkSync('..2026_01', join(application.app, '..data'));
    for (const name of ['app.py', 'mod.py']) symlinkSync(`..data/${name}`, join(application.app, name));
    application.runs(['app.py']);
    expect(paths(application)).toEqual(['app.py', 'mod.py']);
    cpSync(join(application.app, '..2026_01'), join(application.app, '..2026_02'), { recursive: true });
    writeFileSync(join(application.app, '..2026_02/mod.py'), 'x = 1\n\ny = 2\n');
    symlinkSync('..2026_02', join(application.app, '..data_tmp'));
    renameSync(join(application.app, '..data_tmp'), join(application.app, '..data'));
    rmSync(join(application.app, '..2026_01'), { recursive: true });
    application.runs(['app.py']);
    expect(paths(application)).toEqual(['app.py', 'mod.py', 'mod.py']);
    expect(application.lines('mod.py')).toBe('+.+');
  });
});

describe.skipIf(supported.length === 0)('globs', () => {
  const driver = `import json, runpy, sys
glob = runpy.run_path(sys.argv[1])
cases = json.load(sys.stdin)
print(json.dumps([glob["matches"](glob["patterns"](pattern, "/app"), path) for pattern, path in cases]))
`;
  const matches = (cases: [pattern: string, path: string][]): boolean[] => {
    const application = new Application(supported[0] as (typeof supported)[number], { 'driver.py': driver });
    const options = { input: JSON.stringify(cases) };
    const { stdout, stderr } = application.run(
      ['driver.py', join(preload, '_pyca_glob.py')],
      { PYCA_DATA: undefined },
      options,
    );
    expect(stderr).toBe('');
    return JSON.parse(stdout);
  };

  test.each([
    ['*.py', '/app/a.py', true],
    ['*.py', '/app/shop/a.py', false],
    ['**/*.py', '/app/a.py', true],
    ['**/*.py', '/app/shop/deep/a.py', true],
    ['shop', '/app/shop/deep/a.py', true],
    ['shop/', '/app/shop/a.py', true],
    ['./shop', '/app/shop/a.py', true],
    ['../lib', '/lib/a.py', true],
    ['sho', '/app/shop/a.py', false],
    ['shop', '/other/shop/a.py', false],
    ['/other', '/other/shop/a.py', true],
    ['**', '/anything.py', false],
    ['/**', '/anything.py', true],
    ['a?.py', '/app/ab.py', true],
    ['a?.py', '/app/a.py', false],
    ['a?b.py', '/app/a/b.py', false],
    ['**/tests/**/x*.py', '/app/tests/x1.py', true],
    ['**/tests/**/x*.py', '/app/a/tests/b/c/x1.py', true],
    ['**/tests/**/x*.py', '/app/a/tests/b/c/y1.py', false],
    ['[a].py', '/app/a.py', false],
    ['x, , y', '/app/y', true],
    ['', '/app/y', false],
  ] as const)('%s on %s: %s', (pattern, path, expected) => {
    expect(matches([[pattern, path]])).toEqual([expected]);
  });

  test('match what the same glob as a regular expression matches', () => {
    const segment = fc
      .string({ unit: fc.constantFrom('a', 'b', '.'), minLength: 1, maxLength: 4 })
      .filter((s) => !/^\.+$/.test(s));
    const piece = fc.string({ unit: fc.constantFrom('a', 'b', '*', '?'), minLength: 1, maxLength: 5 });
    const pattern = fc.array(
      fc.oneof(
        piece.filter((s) => s !== '**'),
        fc.constant('**'),
      ),
      { minLength: 1, maxLength: 6 },
    );
    const cases = fc.sample(fc.tuple(pattern, fc.array(segment, { minLength: 1, maxLength: 6 })), 5000);
    const expressions = cases.map(([globs, segments]) => {
      const parts = globs.map((glob) =>
        glob === '**' ? '(?:/[^/]+)*' : `/${glob.replace(/\*+/g, '[^/]*').replaceAll('?', '[^/]')}`,
      );
      return new RegExp(`^${parts.join('')}(?:/.*)?$`).test(`/${segments.join('/')}`);
    });
    expect(matches(cases.map(([globs, segments]) => [`/${globs.join('/')}`, `/${segments.join('/')}`]))).toEqual(
      expressions,
    );
    expect(new Set(expressions).size).toBe(2);
  });

  test('of many stars take no time to fail', () => {
    const begin = performance.now();
    expect(matches([[`/${'**/a*a*a*a*/'.repeat(8)}b`, `/${'aaaaaaaaaaaaaaaaaaaa/'.repeat(40)}c`]])).toEqual([false]);
    expect(performance.now() - begin).toBeLessThan(3000);
  });
});
