import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { temporaryFolder } from '../test/fixtures/temporary-folder.ts';
import { findPreload, installPreload } from './preload.ts';

let from: string;
let to: string;
let source: { library: string; python: string };

beforeEach(() => {
  from = temporaryFolder();
  to = temporaryFolder();
  source = { library: join(from, 'pyca-env.amd64.so'), python: join(from, 'python') };
  mkdirSync(source.python);
  writeFileSync(source.library, '\x7fELF');
  writeFileSync(join(source.python, 'sitecustomize.py'), 'import pyca_scope');
  writeFileSync(join(source.python, 'pyca_scope.py'), 'pass');
  mkdirSync(join(source.python, '__pycache__'));
  writeFileSync(join(source.python, '__pycache__/pyca_scope.cpython-313.pyc'), 'bytecode');
  writeFileSync(join(source.python, '__pycache__/pyca_scope.cpython-313.pyc.140234'), 'half');
  writeFileSync(join(source.python, 'test_scope.py'), 'assert False');
  writeFileSync(join(source.python, 'notes.txt'), '');
});

const tree = () => readdirSync(to, { recursive: true, encoding: 'utf8' }).sort();

const INSTALLED = [
  'pyca-env.so',
  'python',
  'python/__pycache__',
  'python/__pycache__/pyca_scope.cpython-313.pyc',
  'python/pyca_scope.py',
  'python/sitecustomize.py',
];

test('installs the library, the modules and their bytecode, readable by everyone, writable by no one', () => {
  const umask = process.umask(0o077);
  try {
    installPreload(source, to);
  } finally {
    process.umask(umask);
  }
  expect(tree()).toEqual(INSTALLED);
  expect(readFileSync(join(to, 'pyca-env.so'), 'utf8')).toBe('\x7fELF');
  for (const file of tree()) {
    const status = statSync(join(to, file));
    expect([file, status.mode & 0o777]).toEqual([file, status.isDirectory() ? 0o755 : 0o444]);
  }
});

test('a checkout without bytecode installs without', () => {
  installPreload(source, to);
  rmSync(join(source.python, '__pycache__'), { recursive: true });
  installPreload(source, to);
  expect(tree()).toEqual(INSTALLED.filter((file) => !file.endsWith('.pyc')));
});

test('what starts the collector comes after all that it loads', () => {
  // A folder in the place of a file, and the installation ends there.
  mkdirSync(join(to, 'python/sitecustomize.py'), { recursive: true });
  expect(() => installPreload(source, to)).toThrow(expect.objectContaining({ code: 'PRELOAD_FAILED' }));
  expect(tree()).toEqual(expect.arrayContaining(INSTALLED.filter((file) => file.startsWith('python'))));
  rmSync(join(to, 'python'), { recursive: true });
  mkdirSync(join(to, 'python/__pycache__/pyca_scope.cpython-313.pyc'), { recursive: true });
  expect(() => installPreload(source, to)).toThrow(expect.objectContaining({ code: 'PRELOAD_FAILED' }));
  expect(tree().filter((file) => file.endsWith('.py'))).toEqual([]);
});

test('leaves the folder itself as it is', () => {
  chmodSync(to, 0o777);
  installPreload(source, to);
  expect(statSync(to).mode & 0o777).toBe(0o777);
});

test('a second time, nothing changes', () => {
  installPreload(source, to);
  const before = tree().map((file) => statSync(join(to, file)).ino);
  installPreload(source, to);
  expect(tree().map((file) => statSync(join(to, file)).ino)).toEqual(before);
});

test('a new version replaces files by new inodes, and takes away modules that are gone and leftovers of a crash', () => {
  installPreload(source, to);
  const old = statSync(join(to, 'pyca-env.so')).ino;
  writeFileSync(source.library, '\x7fELF2');
  rmSync(join(source.python, 'pyca_scope.py'));
  rmSync(join(source.python, '__pycache__/pyca_scope.cpython-313.pyc'));
  writeFileSync(join(to, 'python/.pyca-sitecustomize.py.7.tmp'), 'half');
  writeFileSync(join(to, 'python/__pycache__/.pyca-sitecustomize.cpython-313.pyc.7.tmp'), 'half');
  installPreload(source, to);
  expect(statSync(join(to, 'pyca-env.so')).ino).not.toBe(old);
  expect(readFileSync(join(to, 'pyca-env.so'), 'utf8')).toBe('\x7fELF2');
  expect(tree()).toEqual(['pyca-env.so', 'python', 'python/__pycache__', 'python/sitecustomize.py']);
});

test.each([
  ['library', () => rmSync(source.library)],
  ['sitecustomize.py', () => rmSync(join(source.python, 'sitecustomize.py'))],
  ['python', () => rmSync(source.python, { recursive: true })],
  [
    'folder',
    () => {
      rmSync(to, { recursive: true });
      writeFileSync(to, '');
    },
  ],
])('without its %s it fails with a code, and leaves no half file', (_, breakIt) => {
  breakIt();
  expect(() => installPreload(source, to)).toThrow(expect.objectContaining({ code: 'PRELOAD_FAILED' }));
  if (statSync(to).isDirectory()) expect(tree().filter((file) => file.endsWith('.tmp'))).toEqual([]);
});

test('the library is the one of this processor: beside a bundle, else in dist/ of a checkout', () => {
  const architecture = { x64: 'amd64', arm64: 'arm64' }[process.arch as string];
  expect(findPreload(join(from, 'agent'))).toEqual({
    library: join(from, `dist/preload/env/pyca-env.${architecture}.so`),
    python: join(from, 'agent/preload/python'),
  });
  const bundled = join(from, 'preload/env');
  mkdirSync(bundled, { recursive: true });
  writeFileSync(join(bundled, `pyca-env.${architecture}.so`), '');
  expect(findPreload(from)).toEqual({
    library: join(bundled, `pyca-env.${architecture}.so`),
    python: join(from, 'preload/python'),
  });
  expect(existsSync(findPreload().python)).toBe(true);
});
