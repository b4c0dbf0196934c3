import { execFileSync } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';

test('the demonstration: coverage climbs with the traffic, and the report stands where it says', () => {
  const demo = join(import.meta.dirname, '../demo/demo.ts');
  const output = execFileSync(process.execPath, [demo, '0'], { encoding: 'utf8', stdio: 'pipe' });
  const index = /^\/.*\/index\.html$/m.exec(output)?.[0] ?? '';
  onTestFinished(() => rmSync(dirname(dirname(index)), { recursive: true, force: true }));
  expect(existsSync(index)).toBe(true);
  const shares = [...output.matchAll(/ ([\d.]+)% of \d+ statements ran/g)].map(([, share]) => Number(share));
  expect(shares).toHaveLength(7);
  expect(shares).toEqual(shares.toSorted((a, b) => a - b));
  expect(shares[6]).toBeGreaterThan((shares[0] ?? 0) + 30);
  expect(output).toMatch(/^shop\/refunds\.py +14 +9 +35\.7%/m);
});
