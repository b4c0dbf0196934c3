/** Python source as HTML, line by line: comments, strings, keywords and numbers in spans of the classes c, s, k, n. */

import { commentEnd, STRING_PREFIX, stringEnd } from '../../coverage/python-strings.ts';
import { escapeHtml } from './html-text.ts';

const TOKEN = /(?<name>[A-Za-z_\x80-\uffff][\w\x80-\uffff]*)|(?<number>\d[\w.]*)|(?<quote>["'])|(?<comment>#)|[\s\S]/y;
const KEYWORDS = new Set(
  (
    'False None True and as assert async await break class continue def del elif else except finally for from global ' +
    'if import in is lambda nonlocal not or pass raise return try while with yield match case'
  ).split(' '),
);

/** `text` has `\n` for newlines; as many lines come out as `sourceLines` finds. */
export function highlight(text: string): string[] {
  const lines: string[] = [];
  let line = '';
  const add = (part: string, kind: string) => {
    for (const [i, piece] of part.split('\n').entries()) {
      if (i > 0) {
        lines.push(line);
        line = '';
      }
      if (piece) line += kind ? `<span class="${kind}">${escapeHtml(piece)}</span>` : escapeHtml(piece);
    }
  };
  let plain = 0;
  for (let at = 0; at < text.length; ) {
    const { kind, end } = tokenAt(text, at);
    if (kind) {
      add(text.slice(plain, at), '');
      add(text.slice(at, end), kind);
      plain = end;
    }
    at = end;
  }
  add(text.slice(plain), '');
  return line ? [...lines, line] : lines;
}

function tokenAt(text: string, at: number): { kind: '' | 'c' | 's' | 'k' | 'n'; end: number } {
  TOKEN.lastIndex = at;
  const match = TOKEN.exec(text);
  const { name, number, quote, comment } = match?.groups ?? {};
  const end = at + (match?.[0].length ?? 1);
  if (comment) return { kind: 'c', end: commentEnd(text, at) };
  if (quote) return { kind: 's', end: stringEnd(text, at, '') };
  if (number) return { kind: 'n', end };
  if (!name) return { kind: '', end };
  if (STRING_PREFIX.test(name) && (text[end] === '"' || text[end] === "'"))
    return { kind: 's', end: stringEnd(text, end, name) };
  return { kind: KEYWORDS.has(name) ? 'k' : '', end };
}
