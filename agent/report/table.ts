/** The table in the terminal: a row a file, how much of it ran, and where asked for the lines that did not. */

import type { styleText } from 'node:util';
import { type FileSummary, formatPercent, formatRange, type Share, type Summary } from '../../coverage/summary.ts';
import { printable, shorten, textWidth } from './text-width.ts';

export type Paint = (format: Parameters<typeof styleText>[0], text: string) => string;

export type TableOptions = {
  /** Of the terminal. Without one nothing is shortened, wrapped or drawn: a program may be reading. */
  width?: number | undefined;
  showMissing?: boolean;
  paint?: Paint;
};

const GAP = '  ';
const BAR = 10;
const NARROWEST_NAME = 16;
const NARROWEST_RANGES = 22;
/** Percent from which on coverage is good, and from which on fair, as genhtml has them. */
export const [GOOD, FAIR] = [90, 75];

type Columns = { name: number; statements: number; missing: number; bar: number; ranges: number | undefined };

export function printTable({ files, total }: Summary, options: TableOptions = {}): string {
  const paint = options.paint ?? ((_, text) => text);
  const rows = files.map((file) => ({ ...file, file: printable(file.file) }));
  const last = { ...total, file: `Total, ${count(rows.length, 'file')}`, missingRanges: [] };
  const columns = layOut([...rows, last], options);
  const head = [
    'File'.padEnd(columns.name),
    'Stmts'.padStart(columns.statements),
    'Miss'.padStart(columns.missing),
    ' Cover',
    ...(columns.bar ? [' '.repeat(columns.bar)] : []),
    ...(options.showMissing ? ['Missing'] : []),
  ]
    .join(GAP)
    .trimEnd();
  const lines = rows.flatMap((row) => printRow(row, columns, paint));
  const [bottom = ''] = printRow(last, columns, paint, 'bold');
  const wide = widthOf(columns) + (options.showMissing ? GAP.length + NARROWEST_RANGES : 0);
  const rule = paint('dim', '─'.repeat(Math.min(options.width ?? wide, wide)));
  return `${[paint('bold', head), rule, ...lines, rule, bottom].join('\n')}\n`;
}

export function count(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? '' : 's'}`;
}

function layOut(rows: FileSummary[], { width, showMissing }: TableOptions): Columns {
  const longest = (text: (row: FileSummary) => string) =>
    rows.reduce((most, row) => Math.max(most, textWidth(text(row))), 0);
  const columns: Columns = {
    name: longest(({ file }) => file),
    statements: Math.max(
      5,
      longest(({ statements }) => String(statements)),
    ),
    missing: Math.max(
      4,
      longest(({ missing }) => String(missing)),
    ),
    bar: width === undefined ? 0 : BAR,
    ranges: undefined,
  };
  if (width === undefined) return { ...columns, ranges: showMissing ? Number.POSITIVE_INFINITY : undefined };
  if (
    showMissing &&
    width - widthOf({ ...columns, name: Math.min(columns.name, NARROWEST_NAME * 2) }) < NARROWEST_RANGES
  )
    columns.bar = 0;
  const others = widthOf({ ...columns, name: 0 });
  const least = showMissing ? GAP.length + NARROWEST_RANGES : 0;
  columns.name = Math.min(columns.name, Math.max(NARROWEST_NAME, width - others - least));
  if (showMissing) columns.ranges = Math.max(NARROWEST_RANGES, width - others - columns.name - GAP.length);
  return columns;
}

/** Without the ranges. */
function widthOf({ name, statements, missing, bar }: Columns): number {
  return name + statements + missing + 6 + 3 * GAP.length + (bar ? bar + GAP.length : 0);
}

function printRow(row: FileSummary, columns: Columns, paint: Paint, style?: 'bold'): string[] {
  const colour = colourOf(row);
  const name = shorten(row.file, columns.name);
  const percent = paint(style ? [style, colour] : colour, `${formatPercent(row.percent)}%`.padStart(6));
  const start = [
    (style ? paint(style, name) : name) + ' '.repeat(columns.name - textWidth(name)),
    String(row.statements).padStart(columns.statements),
    String(row.missing).padStart(columns.missing),
    percent,
    ...(columns.bar ? [bar(row.percent, columns.bar, colour, paint)] : []),
  ].join(GAP);
  if (columns.ranges === undefined) return [start];
  const [first, ...others] = wrapRanges(row.missingRanges.map(formatRange), columns.ranges);
  const indent = ' '.repeat(widthOf(columns));
  const rest = others.map((line) => `${indent}${GAP}${paint('dim', line)}`);
  return [first ? `${start}${GAP}${paint('dim', first)}` : start, ...rest];
}

function wrapRanges(ranges: string[], width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const range of ranges) {
    const longer = line ? `${line}, ${range}` : range;
    if (line && longer.length >= width) {
      lines.push(`${line},`);
      line = range;
    } else line = longer;
  }
  return line ? [...lines, line] : lines;
}

function colourOf({ percent }: Share): 'green' | 'yellow' | 'red' {
  return percent >= GOOD ? 'green' : percent >= FAIR ? 'yellow' : 'red';
}

const EIGHTHS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];

/** Full only where all ran, empty only where nothing did. */
function bar(percent: number, width: number, colour: ReturnType<typeof colourOf>, paint: Paint): string {
  const all = width * 8;
  const eighths =
    percent <= 0 ? 0 : percent >= 100 ? all : Math.min(Math.max(1, Math.round((percent / 100) * all)), all - 1);
  const drawn = '█'.repeat(Math.floor(eighths / 8)) + EIGHTHS[eighths % 8];
  return paint(colour, drawn) + paint('dim', '·'.repeat(width - drawn.length));
}
