/** The functions and classes of a Python file, each with its lines, as coverage.py's JSON has them. */

import { type LogicalLine, logicalLines } from './python-source.ts';

export type Region = {
  kind: 'function' | 'class';
  /** With what it is in: `Cart.total`. */
  name: string;
  /** Of its `def` or `class`. */
  start: number;
  /**
   * Of a function its body, without those of the functions in it; of a class the bodies of its methods. So no line is in two
   * functions, or in two classes.
   */
  lines: Set<number>;
};

const HEAD = /^(?:async\s+)?(def|class)\s+([^\s(:[]+)/;
const DECORATOR = /^@/;
/** Of `def f(x): return x` what follows the colon; brackets are not part of an outline. */
const ONE_LINER = /^(?:async\s+)?def\b[^:]*:\s*\S/;

type Open = { region: Region; indent: number };

/** `text` has `\n` for newlines. In the order of the file. */
export function pythonRegions(text: string): Region[] {
  const logical = logicalLines(text);
  const regions: Region[] = [];
  const open: Open[] = [];
  logical.forEach((line, index) => {
    while ((open.at(-1)?.indent ?? -1) >= line.indent) close(open);
    const [, keyword, name] = HEAD.exec(line.outline) ?? [];
    if (!keyword || !name) return;
    const kind = keyword === 'def' ? 'function' : 'class';
    const qualified = [...open.map(({ region }) => region.name).slice(-1), name].join('.');
    const region: Region = { kind, name: qualified, start: line.first, lines: new Set() };
    if (kind === 'function') addBody(region, body(logical, index), open);
    regions.push(region);
    open.push({ region, indent: line.indent });
  });
  while (open.length > 0) close(open);
  return regions;
}

function addBody({ lines }: Region, [first, last]: [number, number], open: Open[]): void {
  const around = open.at(-1)?.region;
  const outer = open.findLast(({ region }) => region.kind === 'function')?.region;
  for (let line = first; line <= last; line++) {
    lines.add(line);
    if (around?.kind === 'class') around.lines.add(line);
    outer?.lines.delete(line);
  }
}

/** What is in a class within a class is no longer the outer one's. */
function close(open: Open[]): void {
  const closed = open.pop()?.region;
  if (closed?.kind !== 'class') return;
  for (const { region } of open) {
    if (region.kind === 'class') for (const line of closed.lines) region.lines.delete(line);
  }
}

/** First and last line of the function whose head is at `index`. */
function body(logical: LogicalLine[], index: number): [number, number] {
  const head = logical[index] as LogicalLine;
  if (ONE_LINER.test(head.outline)) return [head.last, head.last];
  let end = index + 1;
  while ((logical[end]?.indent ?? -1) > head.indent) end++;
  let start = index + 1;
  while (start < end && DECORATOR.test(logical[start]?.outline ?? '')) start++;
  return [logical[start]?.first ?? head.last, logical[end - 1]?.last ?? head.last];
}
