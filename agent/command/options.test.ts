import { afterEach, describe, expect, test, vi } from 'vitest';
import { type CommandSpec, type Option, parseOptions, printHelp, wrap } from './options.ts';

const spec = {
  usage: 'pyca report [PATH] [options]',
  about: 'Shows what ran.',
  options: {
    format: { type: 'string', choices: ['text', 'html'], default: 'text', help: 'how' },
    output: { type: 'string', short: 'o', value: 'FILE', help: 'where to' },
    include: { type: 'string', multiple: true, value: 'GLOB', help: 'only these' },
    'fail-under': { type: 'number', value: 'N', help: 'exit with 2 below N percent' },
    json: { type: 'boolean', help: 'for scripts' },
  },
  positionals: 1,
} as const satisfies CommandSpec<Record<string, Option>>;
const command = { ...spec, positionals: 'command' } as const;

describe('options', () => {
  test('without any are the defaults', () => {
    expect(parseOptions(spec, [])).toEqual({
      values: { format: 'text', output: undefined, include: [], 'fail-under': undefined, json: false },
      positionals: [],
    });
  });

  test('are read in every way of writing them', () => {
    const args = [
      '--format=html',
      '-o',
      'x',
      'path',
      '--include',
      'a/*',
      '--include=b',
      '--fail-under',
      '79.5',
      '--json',
    ];
    expect(parseOptions(spec, args)).toEqual({
      values: { format: 'html', output: 'x', include: ['a/*', 'b'], 'fail-under': 79.5, json: true },
      positionals: ['path'],
    });
  });

  test.each([
    [['--formt', 'html'], 'there is no option --formt; did you mean --format?'],
    [['--frobnicate'], 'there is no option --frobnicate'],
    [['-x'], 'there is no option -x'],
    [['--constructor'], 'there is no option --constructor'],
    [['--format', 'pdf'], '--format is one of text, html; not "pdf"'],
    [['--fail-under', 'much'], '--fail-under takes a number; not "much"'],
    [['--output'], '--output needs FILE'],
    [['--output', '--json'], '--output needs FILE'],
    [['--json=1'], '--json takes no value'],
    [['a', 'b'], '"b" is one argument too many: pyca report [PATH] [options]'],
  ])('%j is refused', (args, message) => {
    expect(() => parseOptions(spec, args)).toThrow(expect.objectContaining({ code: 'USAGE', message }));
  });

  test.each([
    [
      ['--', 'python', '-c', 'x'],
      ['python', '-c', 'x'],
    ],
    [
      ['--json', 'python', '--version'],
      ['python', '--version'],
    ],
    [
      ['-o', 'x', 'make', '--', 'all'],
      ['make', '--', 'all'],
    ],
    [['--json'], []],
  ])('%j: what belongs to the command is left alone', (args, positionals) => {
    expect(parseOptions(command, args)?.positionals).toEqual(positionals);
  });

  test('of ours are refused before the command, not behind it', () => {
    expect(() => parseOptions(command, ['--jsn', 'python'])).toThrow('--jsn');
    expect(parseOptions(command, ['python', '--jsn', '--help'])?.positionals).toEqual(['python', '--jsn', '--help']);
  });
});

describe('help', () => {
  afterEach(() => void vi.restoreAllMocks());

  test('is printed when asked for, in 80 columns', () => {
    const write = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
    expect(parseOptions(spec, ['--help'])).toBeUndefined();
    expect(parseOptions(spec, ['-h', 'path'])).toBeUndefined();
    const page = String(write.mock.calls[0]?.[0]);
    expect(page).toBe(printHelp(spec));
    for (const name of Object.keys(spec.options)) expect(page).toContain(`--${name}`);
    expect(page).toMatch(/--format text\|html +how \(default text\)/);
    expect(Math.max(...page.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
  });

  test('wraps at blanks', () => expect(wrap('one two  three', 7)).toEqual(['one two', 'three']));
});
