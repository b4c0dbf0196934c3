/** Where a Python string literal ends, formatted ones with all that may stand in their fields (PEP 701). */

/** `at` is the opening quote's; gives the position behind the closing one, or behind what there is of a broken string. */
export function stringEnd(text: string, at: number, prefix: string): number {
  const quote = quoteAt(text, at);
  return formatted(prefix) ? formattedEnd(text, at + quote.length, quote) : plainEnd(text, at + quote.length, quote);
}

/** The name right before a quote is a string's prefix when it is one of these. */
export const STRING_PREFIX = /^(?:[rRuUbBfFtT]|[bBfFtT][rR]|[rR][bBfFtT])?$/;

function formatted(prefix: string): boolean {
  return /[ft]/i.test(prefix);
}

function quoteAt(text: string, at: number): string {
  const quote = text.charAt(at);
  return text.startsWith(quote.repeat(3), at) ? quote.repeat(3) : quote;
}

function plainEnd(text: string, from: number, quote: string): number {
  for (let at = from; at < text.length; at++) {
    if (text[at] === '\\') at++;
    else if (text.startsWith(quote, at)) return at + quote.length;
    else if (text[at] === '\n' && quote.length === 1) return at;
  }
  return text.length;
}

function formattedEnd(text: string, from: number, quote: string): number {
  for (let at = from; at < text.length; ) {
    const c = text[at];
    if (c === '\\' && text[at + 1] !== '{') at += 2;
    else if (text.startsWith(quote, at)) return at + quote.length;
    else if (c === '\n' && quote.length === 1) return at;
    else if (text.startsWith('{{', at)) at += 2;
    else if (c === '{') at = fieldEnd(text, at + 1, quote);
    else at++;
  }
  return text.length;
}

/** Of `{value!r:>{width}}`, from behind its brace: an expression, then perhaps a format spec. */
function fieldEnd(text: string, from: number, quote: string): number {
  let depth = 0;
  for (let at = from; at < text.length; ) {
    const c = text.charAt(at);
    if (depth === 0 && c === '}') return at + 1;
    if (depth === 0 && c === ':') return specEnd(text, at + 1, quote);
    if (c === '#') at = commentEnd(text, at);
    else if (c === '"' || c === "'") at = stringEnd(text, at, prefixBefore(text, at));
    else {
      if ('([{'.includes(c)) depth++;
      if (')]}'.includes(c)) depth--;
      at++;
    }
  }
  return text.length;
}

function specEnd(text: string, from: number, quote: string): number {
  for (let at = from; at < text.length; ) {
    if (text[at] === '}') return at + 1;
    if (text.startsWith(quote, at) || (text[at] === '\n' && quote.length === 1)) return at;
    at = text[at] === '{' ? fieldEnd(text, at + 1, quote) : at + 1;
  }
  return text.length;
}

export function commentEnd(text: string, at: number): number {
  const end = text.indexOf('\n', at);
  return end < 0 ? text.length : end;
}

function prefixBefore(text: string, at: number): string {
  const name = /\w*$/.exec(text.slice(Math.max(0, at - 3), at))?.[0] ?? '';
  return STRING_PREFIX.test(name) ? name : '';
}
