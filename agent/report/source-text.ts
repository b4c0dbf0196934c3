/** The text of a Python file, whatever its encoding. */

const COOKIE = /^[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)/;

/** By its byte order mark or its encoding line (PEP 263), else UTF-8; what cannot be decoded is replaced. */
export function decodeSource(bytes: Uint8Array): string {
  const head = Buffer.from(bytes.subarray(0, 400))
    .toString('latin1')
    .split(/\r\n?|\n/, 2);
  const name = COOKIE.exec(head[0] ?? '')?.[1] ?? COOKIE.exec(head[1] ?? '')?.[1] ?? 'utf-8';
  return decoder(name.replace('latin-1', 'iso-8859-1')).decode(bytes);
}

function decoder(name: string) {
  try {
    return new TextDecoder(name);
  } catch {
    return new TextDecoder();
  }
}

/** Line 1 is at index 0; what follows the last newline is a line only if there is something. */
export function sourceLines(text: string): string[] {
  const lines = text.split(/\r\n?|\n/);
  if (lines.at(-1) === '') lines.pop();
  return lines;
}
