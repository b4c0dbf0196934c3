/**
 * Folds CPython's lines into the statements that coverage.py reports: a statement of several lines counts once, at its
 * first; docstrings, `# pragma: no cover`, `...` bodies and `if TYPE_CHECKING:` do not count.
 * https://coverage.readthedocs.io/en/latest/excluding.html tells the rules.
 */

import type { FileLines } from './file-lines.ts';
import { NO_CODE, RUN } from './line-map.ts';
import { countNewlines, type LogicalLine, logicalLines } from './python-source.ts';

/** Default `exclude_lines` of coverage.py 7.17; but blank lines before a match are not part of it, or many would take forever. */
const EXCLUDED = new RegExp(
  [
    String.raw`#\s*(?:pragma|PRAGMA)[:\s]?\s*(?:no|NO)\s*(?:cover|COVER)`,
    String.raw`^[^\S\n]*(?:(?:(?:async )?def .*?)?[\])]+(?:\s*->.*?)?:\s*)?\.\.\.\s*(?:#|$)`,
    String.raw`^[^\S\n]*if (?:typing\.)?TYPE_CHECKING:`,
  ].join('|'),
  'gm',
);
/** Any encoding that keeps ASCII will do; this one drops a byte order mark too. */
const UTF8 = new TextDecoder('utf-8');
const DECORATOR = /^@/;
const DEFINITION = /^(?:async\s+def|def|class)\b/;
const COMPOUND = /:(?!=)/;
const DOCSTRING = /^[rRuU]?"(?:\s*[rRuU]?")*\s*(?:;|$)/;
const ONE_LINE_DOCSTRING = /^(?:(?:async\s+)?def|class)\b[^:]*:\s*[rRuU]?"(?:\s*[rRuU]?")*\s*(?:;|$)/;
const IRREFUTABLE_CASE = /^case\s+(?:.*\|\s*)?(?!(?:True|False|None)\b)[A-Za-z_]\w*(?:\s+as\s+\w+)?\s*:/;

/** For each line (index 0 is line 1) the first line of its statement, 0 where none counts. */
export type StatementLines = Uint32Array;

/** `lines` are a line map's bytes and `source` the source they belong to. */
export function pythonStatements(lines: Uint8Array, source: Uint8Array): StatementLines {
  const text = UTF8.decode(source).replace(/\r\n?/g, '\n');
  const logical = logicalLines(text);
  const firstLine = new Uint32Array(lines.length);
  for (let i = 0; i < lines.length; i++) firstLine[i] = i + 1;
  for (const { first, last } of logical) firstLine.fill(first, first - 1, last);

  const ignored = excludedLines(text, logical, lines, firstLine);
  for (const { first, last } of docstrings(logical)) for (let line = first; line <= last; line++) ignored.add(line);

  const statements = new Set<number>();
  lines.forEach((byte, i) => {
    const first = firstLine[i] ?? 0;
    if (logical.length > 0 && byte !== NO_CODE && !ignored.has(i + 1) && !ignored.has(first)) statements.add(first);
  });
  return firstLine.map((first, i) => (lines[i] !== NO_CODE && statements.has(first) ? first : 0));
}

/** A statement ran when any of its lines did. */
export function foldLines(lines: Uint8Array, statements: StatementLines): FileLines {
  const executed = new Set<number>();
  const all = new Set<number>();
  statements.forEach((first, i) => {
    if (first === 0) return;
    all.add(first);
    if (lines[i] === RUN) executed.add(first);
  });
  const sorted = [...all].sort((a, b) => a - b);
  return {
    executed: sorted.filter((line) => executed.has(line)),
    missing: sorted.filter((line) => !executed.has(line)),
  };
}

function excludedLines(text: string, logical: LogicalLine[], lines: Uint8Array, firstLine: Uint32Array): Set<number> {
  const excluded = matchingLines(text, firstLine);
  if (excluded.size === 0) return excluded;
  logical.forEach(({ first, outline }, index) => {
    if (excluded.has(first) && COMPOUND.test(outline)) excludeSuite(logical, index, excluded);
  });
  // What is said of a decorator or a signature is said of the whole function or class.
  logical.forEach(({ first, outline }, index) => {
    if (excluded.has(first) && (DECORATOR.test(outline) || DEFINITION.test(outline)))
      excludeDefinition(logical, index, excluded);
  });
  // `case _:` is an `else`: it goes with its body.
  logical.forEach((head, index) => {
    if (!IRREFUTABLE_CASE.test(head.outline)) return;
    const body = suite(logical, index).filter(({ first, last }) =>
      lines.subarray(first - 1, last).some((b) => b !== NO_CODE),
    );
    if (body.length > 0 && body.every(({ first }) => excluded.has(first))) excluded.add(head.first);
  });
  return excluded;
}

function matchingLines(text: string, firstLine: Uint32Array): Set<number> {
  const matching = new Set<number>();
  let line = 1;
  let counted = 0;
  for (const match of text.matchAll(EXCLUDED)) {
    line += countNewlines(text, counted, match.index);
    counted = match.index;
    const end = line + countNewlines(text, match.index, match.index + match[0].length);
    for (let i = line; i <= end; i++) matching.add(firstLine[i - 1] ?? i);
  }
  return matching;
}

/** From the first decorator to the end of the body; `index` is one of its decorators or its head. */
function excludeDefinition(logical: LogicalLine[], index: number, excluded: Set<number>): void {
  const decorator = (i: number) => DECORATOR.test(logical[i]?.outline ?? '');
  let start = index;
  while (decorator(start - 1)) start--;
  let head = index;
  while (decorator(head)) head++;
  for (const { first } of logical.slice(start, head + 1)) excluded.add(first);
  excludeSuite(logical, head, excluded);
}

/** The logical lines indented below the one at `index`. */
function suite(logical: LogicalLine[], index: number): LogicalLine[] {
  const indent = logical[index]?.indent ?? 0;
  let end = index + 1;
  while (end < logical.length && (logical[end]?.indent ?? 0) > indent) end++;
  return logical.slice(index + 1, end);
}

function excludeSuite(logical: LogicalLine[], index: number, excluded: Set<number>): void {
  for (const { first } of suite(logical, index)) excluded.add(first);
}

/** The string that opens a module, a class or a function. */
function docstrings(logical: LogicalLine[]): LogicalLine[] {
  return logical.filter(({ outline, indent }, index) => {
    if (ONE_LINE_DOCSTRING.test(outline)) return true;
    if (!DOCSTRING.test(outline)) return false;
    const before = logical[index - 1];
    return !before || (before.indent < indent && DEFINITION.test(before.outline));
  });
}
