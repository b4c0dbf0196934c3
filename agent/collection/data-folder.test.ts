import { execFileSync } from 'node:child_process';
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { runLines, writeLineMap } from '../../test/fixtures/line-map.ts';
import { temporaryFolder } from '../../test/fixtures/temporary-folder.ts';
import { DataFolder } from './data-folder.ts';

let folder: string;
let warnings: string[];
let data: DataFolder;

beforeEach(() => {
  folder = temporaryFolder();
  warnings = [];
  data = new DataFolder(folder, [], (file, reason) => warnings.push(`${file}: ${reason}`));
});

const NAME = `${'a'.repeat(32)}.lines`;

test('a folder that is not there yet, or is empty, has no coverage', () => {
  expect(new DataFolder(join(folder, 'later')).read()).toBe(false);
  expect(data.read()).toBe(false);
  expect(data.coverage()).toEqual(new Map());
});

test('what is no folder is said', () => {
  writeFileSync(join(folder, 'file'), '');
  expect(() => new DataFolder(join(folder, 'file')).read()).toThrow(
    expect.objectContaining({ code: 'DATA_UNREADABLE' }),
  );
});

test('lines that run between two looks are found, and a look at the same tells so', () => {
  const file = writeLineMap(folder, { path: '/app/cart.py', lines: '+-.-' });
  expect(data.read()).toBe(true);
  expect(data.coverage()).toEqual(new Map([['cart.py', { executed: [1], missing: [2, 4] }]]));
  expect(data.read()).toBe(false);
  runLines(file, 4);
  expect(data.read()).toBe(true);
  expect(data.coverage()).toEqual(new Map([['cart.py', { executed: [1, 4], missing: [2] }]]));
  expect(data.read()).toBe(false);
});

test('lines of one statement fold into its first', () => {
  writeLineMap(folder, { path: '/app/cart.py', lines: '+---', source: 'total = sum(\n  prices,\n)\nprint(total)\n' });
  data.read();
  expect(data.coverage()).toEqual(new Map([['cart.py', { executed: [1], missing: [4] }]]));
});

test('a version that a process takes up again counts again, whether lines of it run or not', () => {
  const write = (source: string, created: number) =>
    writeLineMap(folder, { path: '/app/cart.py', lines: '+', source, created });
  const first = write('x = 1\n', 1764000000000);
  write('x = 1\ny = 2\n', 1764000000001);
  expect(data.read()).toBe(true);
  const size = () => [...data.sources().values()].map((source) => source().length);
  expect(size()).toEqual([12]);
  expect(data.read()).toBe(false);
  writeFileSync(first, readFileSync(first, 'latin1').replace('1764000000000', '1764000000002'), 'latin1');
  expect(data.read()).toBe(true);
  expect(size()).toEqual([6]);
  expect(data.read()).toBe(false);
  expect(warnings).toEqual([]);
});

test('the newest version of a source counts, whichever name it has', () => {
  const path = '/app/cart.py';
  writeLineMap(folder, { path, lines: '++', source: 'a = 1\nb = 2\n', created: 2 });
  data.read();
  writeLineMap(folder, { path, lines: '+-', source: 'a = 1\nb = 3\n', created: 3 });
  writeLineMap(folder, { path, lines: '--', source: 'a = 1\nb = 4\n', created: 1 });
  expect(data.read()).toBe(true);
  expect(data.coverage()).toEqual(new Map([['cart.py', { executed: [1], missing: [2] }]]));
});

test('what was left by applications that died while they made a map is removed, what may be in work is not', () => {
  const [abandoned, fresh, other] = [`.${'a'.repeat(32)}.7.0.tmp`, `.${'b'.repeat(32)}.7.0.tmp`, '.other.7.0.tmp'];
  for (const name of [abandoned, fresh, other]) writeFileSync(join(folder, name), '');
  const old = Date.now() / 1000 - 660;
  for (const name of [abandoned, other]) utimesSync(join(folder, name), old, old);
  mkdirSync(join(folder, `.${'c'.repeat(32)}.7.0.tmp`));
  utimesSync(join(folder, `.${'c'.repeat(32)}.7.0.tmp`), old, old);
  expect(data.read()).toBe(false);
  expect(readdirSync(folder).sort()).toEqual([fresh, `.${'c'.repeat(32)}.7.0.tmp`, other]);
});

test('a map that goes, goes; one made anew under its name is read anew', () => {
  const file = writeLineMap(folder, { path: '/app/cart.py', lines: '+-' });
  writeLineMap(folder, { path: '/app/shop.py', lines: '+' });
  data.read();
  const longer = readFileSync(file, 'latin1').replace('"root":"/app"', '"root":"/"').replace('\n+-', '\n--');
  rmSync(file);
  writeFileSync(file, longer);
  expect(data.read()).toBe(true);
  expect(data.coverage().get('app/cart.py')).toEqual({ executed: [], missing: [1, 2] });
  rmSync(file);
  expect(data.read()).toBe(true);
  expect([...data.coverage().keys()]).toEqual(['shop.py']);
});

test('paths are mapped; two files that are one in the repository add up', () => {
  const mapped = new DataFolder(folder, [{ from: '/copy', to: 'src' }]);
  writeLineMap(folder, { path: '/app/src/cart.py', lines: '+--' });
  writeLineMap(folder, { path: '/copy/cart.py', lines: '--+', root: '/copy' });
  mapped.read();
  expect(mapped.coverage()).toEqual(new Map([['src/cart.py', { executed: [1, 3], missing: [2] }]]));
});

test('what is no line map by its name is not looked at', () => {
  for (const name of [`.${'a'.repeat(32)}.7.1.tmp`, 'notes.txt', 'x.lines']) writeFileSync(join(folder, name), 'x');
  expect(data.read()).toBe(false);
  expect(warnings).toEqual([]);
});

const valid = () => {
  const file = writeLineMap(temporaryFolder(), { path: '/app/cart.py', lines: '+-' });
  return readFileSync(file, 'latin1');
};

test.each<[string, () => void]>([
  ['empty', () => writeFileSync(join(folder, NAME), '')],
  ['foreign', () => writeFileSync(join(folder, NAME), 'hello\n')],
  ['of another version', () => writeFileSync(join(folder, NAME), valid().replace('"v":1', '"v":2'))],
  ['torn in its header', () => writeFileSync(join(folder, NAME), valid().slice(0, 20))],
  ['torn in its lines', () => writeFileSync(join(folder, NAME), valid().replace(/\n[\s\S]*/, '\n+'))],
  ['torn in its source', () => writeFileSync(join(folder, NAME), valid().slice(0, -2))],
  ['promising too much', () => writeFileSync(join(folder, NAME), valid().replace('"lines":2', '"lines":4000000000'))],
  [
    'of more lines than its source',
    () =>
      writeFileSync(
        join(folder, NAME),
        valid()
          .replace('"lines":2', '"lines":20')
          .replace('\n+-', `\n${'+'.repeat(20)}`),
      ),
  ],
  [
    'of more lines than memory is for',
    () => writeLineMap(folder, { path: '/app/cart.py', lines: '+'.repeat(600_000), source: '\n'.repeat(600_000) }),
  ],
  ['with a newline in its path', () => writeFileSync(join(folder, NAME), valid().replace('cart', 'c\\nt'))],
  ['a folder', () => mkdirSync(join(folder, NAME))],
  ['a link', () => symlinkSync('/etc/hostname', join(folder, NAME))],
  ['a pipe', () => execFileSync('mkfifo', [join(folder, NAME)])],
  [
    'huge',
    () => {
      writeFileSync(join(folder, NAME), valid());
      truncateSync(join(folder, NAME), 2 ** 40);
    },
  ],
])('a file that is %s is left out with one warning, the others are read', (_, make) => {
  make();
  writeLineMap(folder, { path: '/app/shop.py', lines: '+' });
  expect(data.read()).toBe(true);
  expect(data.read()).toBe(false);
  expect([...data.coverage().keys()]).toEqual(['shop.py']);
  expect(warnings).toHaveLength(1);
  expect(warnings[0]).toMatch(/^[0-9a-f]{32}\.lines: ./);
});

test('a map cut short later keeps what it had', () => {
  const file = writeLineMap(folder, { path: '/app/cart.py', lines: '+-' });
  data.read();
  truncateSync(file, 10);
  expect(data.read()).toBe(false);
  expect(data.coverage()).toEqual(new Map([['cart.py', { executed: [1], missing: [2] }]]));
  expect(data.read()).toBe(false);
  expect(warnings).toHaveLength(1);
});

test('holes are not read: a hundred files of them take no time', () => {
  for (let i = 0; i < 100; i++) {
    const file = join(folder, `${i.toString(16).padStart(32, '0')}.lines`);
    writeFileSync(file, '');
    truncateSync(file, 32 * 1024 * 1024);
  }
  const started = performance.now();
  expect(data.read()).toBe(false);
  expect(performance.now() - started).toBeLessThan(1_000);
});

test('a flood of bad files does not become a flood of warnings', () => {
  for (let i = 0; i < 300; i++) writeFileSync(join(folder, `${i.toString(16).padStart(32, '0')}.lines`), 'x');
  data.read();
  expect(warnings.length).toBe(100);
});
