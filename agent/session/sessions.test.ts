import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { parseRaw, printRaw } from '../../coverage/raw-text.ts';
import { runLines, writeLineMap } from '../../test/fixtures/line-map.ts';
import { Sessions } from './sessions.ts';

let data: string;
beforeEach(() => {
  data = mkdtempSync(join(tmpdir(), 'pyca-sessions-'));
});
afterEach(() => rmSync(data, { recursive: true, force: true }));

const folders = (...names: string[]) => names.map((name) => ({ name, folder: join(data, name) }));

function prepared(...names: string[]): Sessions {
  const sessions = new Sessions(data, folders(...(names.length > 0 ? names : [''])));
  sessions.prepare();
  return sessions;
}

/** The control file as an application sees it. */
const control = (container = '') => readFileSync(join(data, container, 'session'));
const generation = (container = '') => control(container)[0];
/** What an application marks in the open session. */
const mark = (path: string, lines: string, container = '') =>
  writeLineMap(join(data, container, `session-${generation(container)}`), { path, lines });

test('the control file is there from the start, of 64 bytes that any user of the container may read and write', () => {
  prepared();
  expect(control()).toEqual(Buffer.from(`\0${'\n'.repeat(63)}`));
  expect(statSync(join(data, 'session')).mode & 0o777).toBe(0o666);
});

test('a start makes the folder, then changes the control file in place', () => {
  const sessions = prepared();
  const { ino } = statSync(join(data, 'session'));
  sessions.start('checkout-test');
  expect(control()[0]).toBe(1);
  expect(control().toString('utf8', 1)).toMatch(/^[0-9a-z]{6} checkout-test\n{43}$/);
  expect(statSync(join(data, 'session')).ino).toBe(ino);
  expect(statSync(join(data, 'session-1')).mode & 0o777).toBe(0o777);
  expect(readdirSync(join(data, 'session-1'))).toEqual([]);
});

test('a stop keeps what ran, and the next session begins empty', () => {
  const sessions = prepared();
  sessions.start('a');
  mark('/app/cart.py', '+-+');
  expect(sessions.show('a')).toMatchObject({ stopped: null, files: 1, lines: { executable: 3, covered: 2 } });
  const stopped = sessions.stop('a');
  expect(stopped).toEqual({
    name: 'a',
    started: expect.stringMatching(/^\d{4}-.*Z$/),
    stopped: expect.stringMatching(/^\d{4}-.*Z$/),
    files: 1,
    lines: { executable: 3, covered: 2 },
    fingerprint: expect.stringMatching(/^[0-9a-f]{64}$/),
    reported: false,
  });
  expect(generation()).toBe(0);
  expect(printRaw(sessions.coverage('a'))).toBe(
    'mode: count\ncart.py:1.0,1.0 1 1\ncart.py:3.0,3.0 1 1\ncart.py:2.0,2.0 1 0\n',
  );
  sessions.start('b');
  expect(generation()).toBe(2);
  expect(sessions.show('b')).toMatchObject({ files: 0, lines: { executable: 0, covered: 0 } });
  expect(sessions.list().map(({ name }) => name)).toEqual(['a', 'b']);
  expect(sessions.show('a')).toEqual(stopped);
});

test('lines that run after the stop are no longer its own', () => {
  const sessions = prepared();
  sessions.start('a');
  const file = mark('/app/cart.py', '+-');
  sessions.stop('a');
  runLines(file, 2);
  expect(sessions.show('a').lines).toEqual({ executable: 2, covered: 1 });
});

test('a session spans all containers', () => {
  const sessions = prepared('app', 'worker', 'idle');
  sessions.start('a');
  expect(['app', 'worker', 'idle'].map(generation)).toEqual([1, 1, 1]);
  mark('/app/cart.py', '+-', 'app');
  mark('/app/cart.py', '-+', 'worker');
  mark('/app/jobs.py', '+', 'worker');
  expect(sessions.stop('a')).toMatchObject({ files: 2, lines: { executable: 3, covered: 3 } });
  expect([...sessions.coverage('a', 'worker').keys()].sort()).toEqual(['cart.py', 'jobs.py']);
  expect(sessions.coverage('a', 'app')).toEqual(new Map([['cart.py', { executed: [1], missing: [2] }]]));
  expect(sessions.coverage('a', 'idle').size).toBe(0);
  // What has no line has nothing to report.
  expect(sessions.unreported().map(({ container }) => container)).toEqual(['app', 'worker']);
});

test('an agent that starts anew goes on with the open session, its generation and what is to be reported', () => {
  const first = prepared();
  first.start('a');
  mark('/app/cart.py', '+');
  first.stop('a');
  const { started } = first.start('b');
  const file = mark('/app/cart.py', '+-');
  const second = prepared();
  runLines(file, 2);
  expect(() => second.start('c')).toThrow(expect.objectContaining({ code: 'SESSION_OPEN' }));
  expect(second.stop('b')).toMatchObject({ started, lines: { executable: 2, covered: 2 } });
  expect(second.unreported()).toMatchObject([{ session: 'a' }, { session: 'b' }]);
  const third = prepared();
  third.start('c');
  expect(generation()).toBe(3);
});

test('a session of which only the control file is left goes on too', () => {
  const first = prepared('app', 'worker');
  first.start('a');
  mark('/app/cart.py', '+', 'app');
  rmSync(join(data, 'sessions'), { recursive: true });
  writeFileSync(join(data, 'worker', 'session'), 'short');
  const second = prepared('app', 'worker');
  expect(generation('worker')).toBe(1);
  expect(second.stop('a').lines.covered).toBe(1);
});

test('what is published is not published again, by no agent', () => {
  const sessions = prepared();
  sessions.start('a');
  mark('/app/cart.py', '+');
  sessions.stop('a');
  const [report] = sessions.unreported();
  expect(parseRaw(report?.raw ?? '').size).toBe(1);
  expect(prepared().unreported()).toEqual([report]);
  if (report) sessions.markReported(report);
  expect(sessions.unreported()).toEqual([]);
  expect(sessions.show('a').reported).toBe(true);
  expect(prepared().unreported()).toEqual([]);
});

test('a name that is used again is another session', () => {
  const sessions = prepared();
  sessions.start('a');
  mark('/app/cart.py', '+');
  sessions.stop('a');
  const [old] = sessions.unreported();
  sessions.start('a');
  mark('/app/jobs.py', '+');
  sessions.stop('a');
  if (old) sessions.markReported(old);
  expect(sessions.unreported()).toMatchObject([{ raw: 'mode: count\njobs.py:1.0,1.0 1 1\n' }]);
  expect([...sessions.coverage('a').keys()]).toEqual(['jobs.py']);
});

test('after generation 255 comes 1, never 0', () => {
  const sessions = prepared();
  const generations = Array.from({ length: 257 }, (_, i) => {
    sessions.start(`s${i}`);
    const current = generation();
    sessions.stop(`s${i}`);
    return current;
  });
  expect(generations.slice(0, 3)).toEqual([1, 2, 3]);
  expect(generations.slice(253)).toEqual([254, 255, 1, 2]);
});

test('a hundred sessions are kept, the newest', () => {
  const sessions = prepared();
  for (let i = 0; i < 105; i++) {
    sessions.start(`s${i}`);
    sessions.stop(`s${i}`);
  }
  const names = sessions.list().map(({ name }) => name);
  expect(names).toHaveLength(100);
  expect(names).toContain('s104');
  expect(names).not.toContain('s0');
});

test.each(['', '.hidden', '../x', 'a/b', 'a b', 'é', '-x', 'x'.repeat(51)])('%j is no name', (name) => {
  const sessions = prepared();
  expect(() => sessions.start(name)).toThrow(expect.objectContaining({ code: 'SESSION_NAME' }));
  expect(() => sessions.show(name)).toThrow(expect.objectContaining({ code: 'SESSION_UNKNOWN' }));
  expect(generation()).toBe(0);
});

test('one at a time; only an open one stops', () => {
  const sessions = prepared();
  expect(() => sessions.stop('a')).toThrow(expect.objectContaining({ code: 'SESSION_UNKNOWN' }));
  sessions.start('a');
  expect(() => sessions.start('b')).toThrow(expect.objectContaining({ code: 'SESSION_OPEN' }));
  expect(() => sessions.stop('b')).toThrow(expect.objectContaining({ code: 'SESSION_UNKNOWN' }));
  sessions.stop('a');
  expect(() => sessions.stop('a')).toThrow(expect.objectContaining({ code: 'SESSION_UNKNOWN' }));
});

test('a hostile application’s links lead nowhere', () => {
  prepared();
  const outside = mkdtempSync(join(tmpdir(), 'pyca-outside-'));
  writeFileSync(join(outside, 'precious'), 'x'.repeat(64));
  rmSync(join(data, 'session'));
  symlinkSync(join(outside, 'precious'), join(data, 'session'));
  symlinkSync(outside, join(data, 'session-1'));
  const sessions = new Sessions(data, folders(''));
  expect(() => sessions.start('a')).toThrow(expect.objectContaining({ code: 'DATA_UNREADABLE' }));
  expect(readFileSync(join(outside, 'precious'), 'utf8')).toBe('x'.repeat(64));
  expect(sessions.list()).toEqual([]);
  rmSync(join(data, 'session'));
  sessions.start('a');
  expect(existsSync(join(outside, 'precious'))).toBe(true);
  rmSync(outside, { recursive: true });
});

test('a data folder that cannot be written to is said at the start of a session, and used once it can', () => {
  const file = join(data, 'app');
  writeFileSync(file, '');
  const sessions = new Sessions(data, folders('app'));
  expect(() => sessions.prepare()).toThrow(expect.objectContaining({ code: 'DATA_UNREADABLE' }));
  expect(() => sessions.start('a')).toThrow(expect.objectContaining({ code: 'DATA_UNREADABLE' }));
  rmSync(file);
  mkdirSync(file);
  chmodSync(file, 0o777);
  expect(sessions.start('a').name).toBe('a');
  expect(generation('app')).toBe(1);
});
