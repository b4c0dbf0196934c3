import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { type LineMapContent, writeLineMap } from '../fixtures/line-map.ts';
import { temporaryFolder } from '../fixtures/temporary-folder.ts';
import { pyca } from './pyca.ts';

let cwd: string;
beforeEach(() => {
  cwd = temporaryFolder();
  mkdirSync(join(cwd, '.git'));
});

const map = (folder: string, content: Omit<LineMapContent, 'root'>) =>
  writeLineMap(join(cwd, folder), { ...content, root: cwd });
const report = (...args: string[]) => pyca(['report', ...args], { cwd });
const rows = (text: string) =>
  text
    .split('\n')
    .filter((line) => line.includes('%'))
    .map((line) => line.replace(/ {2,}/g, ' ').trim());

type Logged = { commit?: string; repo?: string; branch?: string; timestamp: number; raw: string };

function log(file: string, ...reports: Logged[]) {
  const lines = reports.map(({ commit = '', repo = '', branch = 'main', timestamp, raw }) => {
    const ci = { provider: '', pipeline_id: '', job_id: '' };
    const coverage = { format: 'pyca', raw: `mode: count\n${raw}` };
    return JSON.stringify({ repo, repo_id: '', branch, commit, ci, coverage, timestamp });
  });
  writeFileSync(join(cwd, file), lines.map((line) => `${line}\n`).join(''));
}

describe('where it looks', () => {
  test('nothing collected: what to do', async () => {
    const { code, stdout, stderr } = await report();
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/COVERAGE_NONE: nothing has been collected in .*\n +.*pyca run -- python app\.py/);
  });

  test('what pyca run left at the project’s root, from any folder of it', async () => {
    map('.pyca/data', { path: join(cwd, 'shop/cart.py'), lines: '+-.+' });
    mkdirSync(join(cwd, 'shop'));
    const { code, stdout } = await pyca(['report', '-m'], { cwd: join(cwd, 'shop') });
    expect(code).toBe(0);
    expect(rows(stdout)).toEqual(['shop/cart.py 3 1 66.7% 2', 'Total, 1 file 3 1 66.7%']);
  });

  test('an agent’s data, a folder for each container; sessions are not part of it', async () => {
    map('pod/web', { path: join(cwd, 'a.py'), lines: '+-' });
    map('pod/worker', { path: join(cwd, 'a.py'), lines: '-+' });
    map('pod/session-1', { path: join(cwd, 'b.py'), lines: '+' });
    expect(rows((await report('pod')).stdout)).toEqual(['a.py 2 0 100.0%', 'Total, 1 file 2 0 100.0%']);
  });

  test('PYCA_DATA, and a mapping of paths', async () => {
    map('elsewhere', { path: join(cwd, 'a.py'), lines: '+' });
    const env = { PYCA_DATA: join(cwd, 'elsewhere'), PYCA_PATH_MAPPING: `${cwd}=services/shop` };
    expect(rows((await pyca(['report'], { cwd, env })).stdout)[0]).toBe('services/shop/a.py 1 0 100.0%');
  });

  test('what was installed for this project', async () => {
    const state = join(cwd, 'state/pyca/projects/shop-12345678');
    mkdirSync(state, { recursive: true });
    symlinkSync(cwd, join(state, 'root'));
    map('state/pyca/projects/shop-12345678/data/none', { path: join(cwd, 'a.py'), lines: '+' });
    const { stdout } = await pyca(['report'], { cwd, env: { XDG_STATE_HOME: join(cwd, 'state') } });
    expect(rows(stdout)[0]).toBe('a.py 1 0 100.0%');
  });

  test('a broken line map is told of, the others are shown', async () => {
    map('data', { path: join(cwd, 'a.py'), lines: '+' });
    writeFileSync(join(cwd, 'data', `${'0'.repeat(32)}.lines`), 'nonsense');
    const { code, stdout, stderr } = await report('data');
    expect(stderr).toMatch(/^pyca: 0{32}\.lines: /);
    expect(rows(stdout)).toHaveLength(2);
    expect(code).toBe(0);
  });
});

describe('a file of reports', () => {
  const [one, two] = ['1'.repeat(40), '2'.repeat(40)];
  beforeEach(() => {
    log(
      'reports.ndjson',
      { commit: two, timestamp: 20, raw: 'a.py:1.0,1.0 1 1\na.py:2.0,3.0 2 0\n' },
      { commit: one, timestamp: 10, raw: 'old.py:1.0,1.0 1 1\n' },
      { commit: two, timestamp: 30, raw: 'a.py:2.0,2.0 1 1\na.py:1.0,1.0 1 0\n' },
    );
  });

  test('the newest commit’s, all of its reports together, and it says so', async () => {
    const { stdout } = await report('reports.ndjson');
    expect(rows(stdout)).toEqual(['a.py 3 1 66.7%', 'Total, 1 file 3 1 66.7%']);
    expect(stdout).toMatch(/^reports\.ndjson, commit 222222222222 \(main\), 2 reports\nthe newest of 2 commits/);
  });

  test('--commit chooses another, by its first digits', async () => {
    expect(rows((await report('reports.ndjson', '--commit', '11')).stdout)[0]).toBe('old.py 1 0 100.0%');
    const unknown = await report('reports.ndjson', '--commit', 'abc');
    expect(unknown.stderr).toContain('there are: commit 222222222222 (main); commit 111111111111 (main)');
    expect(unknown.code).toBe(1);
  });

  test('of two that begin alike it asks which', async () => {
    log(
      'alike.ndjson',
      { commit: '12', timestamp: 1, raw: 'a.py:1.0,1.0 1 1\n' },
      { commit: '13', timestamp: 2, raw: 'a.py:1.0,1.0 1 1\n' },
    );
    expect((await report('alike.ndjson', '--commit', '1')).code).toBe(2);
  });

  test('a line that is no report, or half of one, is told of and left out', async () => {
    const text = readFileSync(join(cwd, 'reports.ndjson'), 'utf8');
    writeFileSync(join(cwd, 'reports.ndjson'), `nonsense\n${text}${text.slice(0, 40)}`);
    const { code, stdout, stderr } = await report('reports.ndjson');
    expect(stderr.match(/line [15]: no report of PYCA; left out/g)).toHaveLength(2);
    expect(rows(stdout)[0]).toBe('a.py 3 1 66.7%');
    expect(code).toBe(0);
  });

  test('of what is no file of reports a few lines are told of, not all', async () => {
    writeFileSync(join(cwd, 'app.log'), 'nonsense\n'.repeat(1_000));
    const { code, stderr } = await report('app.log');
    expect(code).toBe(1);
    expect(stderr.match(/no report of PYCA/g)).toHaveLength(5);
    expect(stderr).toContain('app.log: 1000 of 1000 lines are no reports');
  });

  test('whatever texts are in it: they end no line, and reach the terminal as something to read', async () => {
    log('odd$&.ndjson', { branch: '\u001b]0;mine\u0007', timestamp: 1, raw: 'a\u2028\u001b[2J.py:1.0,1.0 1 1\n' });
    writeFileSync(join(cwd, 'odd$&.ndjson'), `\uFEFF${readFileSync(join(cwd, 'odd$&.ndjson'), 'utf8')}`);
    const { stdout, stderr } = await report('odd$&.ndjson');
    expect(stderr).toBe('');
    expect(stdout).toMatch(/^odd\$&\.ndjson, no commit \(\?\]0;mine\?\), 1 report\n/);
    expect(rows(stdout)[0]).toBe('a??[2J.py 1 0 100.0%');
    const unknown = await report('odd$&.ndjson', '--commit', 'abc');
    expect(unknown.stderr).toContain('there are: no commit (?]0;mine?)');
  });

  test('a time that is none is no report', async () => {
    log('late.ndjson', { timestamp: Number.MAX_SAFE_INTEGER, raw: 'a.py:1.0,1.0 1 1\n' });
    const { stderr } = await report('late.ndjson', '--format', 'html');
    expect(stderr).toContain('line 1: no report of PYCA; left out');
  });

  test('from standard input', async () => {
    const { stdout } = await pyca(['report', '-'], { cwd, input: readFileSync(join(cwd, 'reports.ndjson'), 'utf8') });
    expect(rows(stdout)[0]).toBe('a.py 3 1 66.7%');
  });

  test('pages show the working tree’s source, and nothing outside it', async () => {
    writeFileSync(join(cwd, 'a.py'), 'first\nsecond\nthird\n');
    const secret = join(temporaryFolder(), 'secret.py');
    writeFileSync(secret, 'classified\n');
    symlinkSync(secret, join(cwd, 'link.py'));
    writeFileSync(join(cwd, '.env'), 'TOKEN=classified\n');
    const raw = ['a.py', '.env', 'link.py', secret, `../../../../../..${secret}`]
      .map((path) => `${path}:1.0,1.0 1 1\n`)
      .join('');
    log('hostile.ndjson', { timestamp: 1, raw });
    const { stdout, code } = await report('hostile.ndjson', '--format', 'html', '--json');
    expect(code).toBe(0);
    const { output } = JSON.parse(stdout);
    const pages = [...readFileSync(output, 'utf8').matchAll(/href="(files\/.*?)"/g)].map(([, page = '']) =>
      readFileSync(join(output, '..', page), 'utf8'),
    );
    expect(pages).toHaveLength(5);
    expect(pages.filter((page) => page.includes('second'))).toHaveLength(1);
    expect(pages.filter((page) => page.includes('classified'))).toEqual([]);
  });
});

describe('options', () => {
  beforeEach(() => {
    map('.pyca/data', { path: join(cwd, 'shop/cart.py'), lines: '+++-' });
    map('.pyca/data', { path: join(cwd, 'shop/tax.py'), lines: '---++++' });
    map('.pyca/data', { path: join(cwd, 'app.py'), lines: '+' });
  });
  const names = ({ stdout }: { stdout: string }) => rows(stdout).map((row) => row.split(' ')[0]);

  test('--sort', async () => {
    expect(names(await report())).toEqual(['app.py', 'shop/cart.py', 'shop/tax.py', 'Total,']);
    expect(names(await report('--sort', 'missing'))).toEqual(['shop/tax.py', 'shop/cart.py', 'app.py', 'Total,']);
    expect(names(await report('--sort', 'percent'))).toEqual(['shop/tax.py', 'shop/cart.py', 'app.py', 'Total,']);
  });

  test('--include and --exclude', async () => {
    expect(names(await report('--include', 'shop', '--exclude', '**/tax.py'))).toEqual(['shop/cart.py', 'Total,']);
    expect((await report('--include', 'nowhere')).stderr).toContain('leave none of 3 files');
  });

  test('--fail-under: the table, then the reason', async () => {
    expect((await report('--fail-under', '66.6')).code).toBe(0);
    const failed = await report('--fail-under', '66.7');
    expect(failed).toMatchObject({ code: 2, stderr: 'pyca: 66.67 % ran, less than the 66.7 % of --fail-under\n' });
    expect(names(failed)).toHaveLength(4);
  });

  test('--json', async () => {
    const { total, files, origin } = JSON.parse((await report('--json', '--include', 'app.py,shop/tax.py')).stdout);
    expect(origin).toBe('.pyca/data');
    expect(total).toEqual({ statements: 8, missing: 3, percent: 62.5 });
    expect(files[1]).toMatchObject({ file: 'shop/tax.py', missing_ranges: [[1, 3]] });
  });

  test.each([
    ['lcov', /^TN:\nSF:app\.py\n/],
    ['cobertura', /^<\?xml .*lines-valid="12"/s],
    ['json', /^\{"meta":/],
    ['text', /^\.pyca\/data\n\nFile/],
  ])('--format %s is printed, or written to a file that need not be there', async (format, start) => {
    const printed = await report('--format', format);
    expect(printed.stdout).toMatch(start);
    const written = await report('--format', format, '-o', 'new/report');
    expect(written.stdout).toContain(join(cwd, 'new/report'));
    expect(readFileSync(join(cwd, 'new/report'), 'utf8')).toBe(printed.stdout);
  });

  test('a reader who has read enough is no error', async () => {
    map('many', { path: join(cwd, 'a.py'), lines: '+-'.repeat(30_000) });
    const command = `"${join(import.meta.dirname, '../../bin/pyca')}" report many --format cobertura | head -n 1`;
    const { stdout, stderr } = spawnSync('sh', ['-c', command], { cwd, encoding: 'utf8' });
    expect({ stdout, stderr }).toEqual({ stdout: '<?xml version="1.0" encoding="UTF-8"?>\n', stderr: '' });
  });

  test('nor is it one of another command, which goes on and tells by its exit code', async () => {
    const PYCA = join(import.meta.dirname, '../../bin/pyca');
    const script = `"${PYCA}" test --sink file:reports.ndjson --python /not/there | true; echo "\${PIPESTATUS[0]}"`;
    const env = { PATH: process.env.PATH, HOME: cwd, TMPDIR: temporaryFolder() };
    const { stdout, stderr } = spawnSync('bash', ['-c', script], { cwd, encoding: 'utf8', env });
    expect({ stdout, stderr }).toEqual({ stdout: '1\n', stderr: '' });
    expect(readdirSync(env.TMPDIR)).toEqual([]);
  });

  test('a wrong option, a place that cannot be written', async () => {
    expect(await report('--formt', 'html')).toMatchObject({ code: 2, stderr: expect.stringContaining('--format') });
    writeFileSync(join(cwd, 'file'), '');
    expect(await report('-o', 'file/report')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('REPORT_UNWRITABLE'),
    });
  });
});
