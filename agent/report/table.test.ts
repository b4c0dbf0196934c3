import { stripVTControlCharacters, styleText } from 'node:util';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Summary, summarize } from '../../coverage/summary.ts';
import { printTable } from './table.ts';
import { printable, shorten, textWidth } from './text-width.ts';

const lines = (count: number) => Array.from({ length: count }, (_, i) => 2 * i + 1);
const summary: Summary = summarize(
  new Map([
    ['app.py', { executed: lines(10), missing: [] }],
    ['services/checkout/domain/pricing/discounts.py', { executed: [1], missing: lines(60).slice(1) }],
    ['shop/refunds.py', { executed: [], missing: [1, 2, 3] }],
  ]),
);

test('before a terminal of 80 columns', () => {
  expect(printTable(summary, { width: 80 })).toBe(
    [
      'File                                           Stmts  Miss   Cover',
      '──────────────────────────────────────────────────────────────────────────────',
      'app.py                                            10     0  100.0%  ██████████',
      'services/checkout/domain/pricing/discounts.py     60    59    1.7%  ▏·········',
      'shop/refunds.py                                    3     3    0.0%  ··········',
      '──────────────────────────────────────────────────────────────────────────────',
      'Total, 3 files                                    73    62   15.1%  █▌········',
      '',
    ].join('\n'),
  );
});

test('a long path gives way in its middle', () => {
  expect(printTable(summary, { width: 60 })).toContain('services…icing/discounts.py     60');
});

test('in a pipe: one line a file, nothing drawn or shortened', () => {
  const rows = printTable(summary, { showMissing: true }).split('\n');
  expect(rows).toHaveLength(8);
  expect(rows[3]).toMatch(/^services\/checkout\/domain\/pricing\/discounts\.py +60 +59 +1\.7% {2}3, 5, 7, .*, 119$/);
  expect(rows[4]).toMatch(/^shop\/refunds\.py +3 +3 +0\.0% {2}1-3$/);
});

describe('missing ranges', () => {
  test.each([40, 60, 80, 100, 200])('are wrapped to %d columns, none lost', (width) => {
    const text = printTable(summary, { width, showMissing: true });
    const all = [...text.matchAll(/\d+(?=,|\n)/g)].map(([number]) => Number(number));
    for (const line of lines(60).slice(1)) expect(all).toContain(line);
    if (width >= 60) for (const row of text.split('\n')) expect(textWidth(row)).toBeLessThanOrEqual(width);
  });
});

test('colours tell good, fair and poor, and change no column', () => {
  const paint = (format: Parameters<typeof styleText>[0], text: string) =>
    styleText(format, text, { validateStream: false });
  const colourful = printTable(summary, { width: 80, paint });
  expect(colourful).toContain('\x1b[32m100.0%');
  expect(colourful).toContain('\x1b[31m  1.7%');
  expect(stripVTControlCharacters(colourful)).toBe(printTable(summary, { width: 80 }));
});

test('a name from anyone brings no escape sequence to the terminal', () => {
  const hostile = summarize(new Map([['\x1b[2J\u202etxt.py', { executed: [1], missing: [] }]]));
  expect(printTable(hostile, { width: 80 })).toContain('?[2J?txt.py');
});

describe('text width', () => {
  test.each([
    ['cart.py', 7],
    ['日本.py', 7],
    ['é', 1],
    ['👩‍👩‍👧', 2],
  ])('of %s is %d', (text, width) => expect(textWidth(text)).toBe(width));

  test.each([
    ['services/checkout/cart.py', 15, 'serv…ut/cart.py'],
    ['short.py', 15, 'short.py'],
    ['日本語/日本語.py', 10, '日…語.py'],
  ])('%s in %d columns is %s', (text, width, short) => expect(shorten(text, width)).toBe(short));

  test('what is shortened fits', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.integer({ min: 4, max: 40 }), (text, width) => {
        expect(textWidth(shorten(printable(text), width))).toBeLessThanOrEqual(width);
      }),
    );
  });
});
