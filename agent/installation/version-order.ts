/** Which of two versions is the newer: 1.10.0 comes after 1.9.2, and 1.0.0 after 1.0.0-rc.1. */

export function isNewer(version: string, than: string): boolean {
  const [a, b] = [parse(version), parse(than)];
  for (let i = 0; i < 3; i++) {
    if (a.numbers[i] !== b.numbers[i]) return (a.numbers[i] ?? 0) > (b.numbers[i] ?? 0);
  }
  return !a.preview && b.preview;
}

function parse(version: string): { numbers: number[]; preview: boolean } {
  const numbers = /^(\d+)\.(\d+)\.(\d+)/.exec(version)?.slice(1).map(Number) ?? [0, 0, 0];
  return { numbers, preview: version.includes('-') };
}
