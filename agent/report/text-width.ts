/** How much room a text takes in a terminal. */

const SEGMENTER = new Intl.Segmenter();
const WIDE =
  /^[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|^[\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}|\ufe0f/u;
const ASCII = /^[\x20-\x7e]*$/;

export function textWidth(text: string): number {
  return ASCII.test(text) ? text.length : characters(text).reduce((sum, [, width]) => sum + width, 0);
}

/** At most `width` wide; of what is longer the middle is left out, since its end tells most: `serv…/shop/cart.py`. */
export function shorten(text: string, width: number): string {
  if (textWidth(text) <= width) return text;
  const all = characters(text);
  const tail = Math.ceil(((width - 1) * 2) / 3);
  return `${take(all, width - 1 - tail)}…${take(all.toReversed(), tail, true)}`;
}

/** A name may come from anyone: no escape sequence of it reaches the terminal. */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu, '?');
}

function take(characters: [string, number][], width: number, reversed = false): string {
  let taken = '';
  let left = width;
  for (const [character, size] of characters) {
    if (size > left) break;
    left -= size;
    taken = reversed ? character + taken : taken + character;
  }
  return taken;
}

function characters(text: string): [string, number][] {
  return [...SEGMENTER.segment(text)].map(({ segment }) => [segment, WIDE.test(segment) ? 2 : 1]);
}
