/** Reads Python source as far as coverage needs it: where each logical line begins and ends, and its outline. */

import { commentEnd, STRING_PREFIX, stringEnd } from './python-strings.ts';

/** A logical line: one simple statement, several joined by `;`, or the head of a compound one. */
export type LogicalLine = {
  /** First and last physical line. */
  first: number;
  last: number;
  /** Column of its first character, tabs counted to the next multiple of 8 as Python does. */
  indent: number;
  /** Its text without comments and without what is in brackets; of a string only the prefix and one `"` are left. */
  outline: string;
};

/** A string's opening quote with the name before it; a name; blanks; a continuation; or any other one character. */
const TOKEN = /([A-Za-z0-9_\x80-\uffff]*)(["'])|[A-Za-z0-9_\x80-\uffff]+|[^\n\S]+|\\\n|[\s\S]/y;
const BLANK = /[ \t\f]*/y;

/** `text` may be any decoding that keeps ASCII; newlines are `\n`. Broken source gives what could be read of it. */
export function logicalLines(text: string): LogicalLine[] {
  const found: LogicalLine[] = [];
  let line = 1;
  for (let at = 0; at < text.length; ) {
    BLANK.lastIndex = at;
    const blank = BLANK.exec(text)?.[0] ?? '';
    at += blank.length;
    if (text[at] === '#') at = commentEnd(text, at);
    if (at >= text.length || text[at] === '\n') {
      at++;
      line++;
      continue;
    }
    const { outline, end } = readLogicalLine(text, at);
    const last = line + countNewlines(text, at, end);
    found.push({ first: line, last, indent: column(blank), outline });
    at = end + 1;
    line = last + 1;
  }
  return found;
}

/** Up to the newline that is neither in brackets nor in a string nor escaped. */
function readLogicalLine(text: string, from: number): { outline: string; end: number } {
  let outline = '';
  let depth = 0;
  let at = from;
  while (at < text.length) {
    const { token, written, end } = readToken(text, at);
    if (token === '\n' && depth === 0) break;
    if (')]}'.includes(token)) depth = Math.max(0, depth - 1);
    if (depth === 0) outline += written;
    if ('([{'.includes(token)) depth++;
    at = end;
  }
  return { outline, end: at };
}

/** The token at `at`, where it ends, and how an outline writes it. */
function readToken(text: string, at: number): { token: string; written: string; end: number } {
  TOKEN.lastIndex = at;
  const [token = '', name = '', quote] = TOKEN.exec(text) ?? [];
  if (token === '#') return { token, written: '', end: commentEnd(text, at) };
  if (!quote) return { token, written: token === '\\\n' ? ' ' : token, end: at + token.length };
  const prefix = STRING_PREFIX.test(name) ? name : '';
  return { token, written: `${name}"`, end: stringEnd(text, at + name.length, prefix) };
}

function column(blank: string): number {
  let column = 0;
  for (const c of blank) column = c === '\t' ? (column | 7) + 1 : c === '\f' ? 0 : column + 1;
  return column;
}

export function countNewlines(text: string, from: number, to: number): number {
  let count = 0;
  for (let at = text.indexOf('\n', from); at >= 0 && at < to; at = text.indexOf('\n', at + 1)) count++;
  return count;
}
