import fc from 'fast-check';
import { expect, test } from 'vitest';
import { nextLook } from './pace.ts';

test('before the first line: each second, or as often as asked for', () => {
  expect(nextLook('none', 60, 0)).toBe(1);
  expect(nextLook('none', 0.2, 0)).toBe(0.2);
});

test('else the interval, ± 10 %', () => {
  for (const outcome of ['same', 'sent'] as const) {
    expect(nextLook(outcome, 60, 0, 0, 0)).toBeCloseTo(54);
    expect(nextLook(outcome, 60, 0, 0, 0.5)).toBeCloseTo(60);
    expect(nextLook(outcome, 60, 0, 0, 1)).toBeCloseTo(66);
  }
});

test('an interval longer than a timer can be is as long as one can be', () => {
  for (const interval of [30 * 24 * 3600, 1e300, Number.POSITIVE_INFINITY]) {
    const wait = nextLook('same', interval, 0);
    expect(wait).toBeGreaterThan(20 * 24 * 3600);
    expect(wait * 1000).toBeLessThan(2 ** 31);
  }
});

test('failures back off up to a minute', () => {
  expect([1, 2, 3, 6, 7, 8, 5000].map((failures) => nextLook('failed', 60, failures, 0, 0))).toEqual([
    1, 2, 4, 32, 60, 60, 60,
  ]);
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1e6 }), fc.double({ min: 0, max: 1, noNaN: true }), (failures, chance) => {
      const wait = nextLook('failed', 60, failures, 0, chance);
      expect(wait).toBeGreaterThanOrEqual(0.5);
      expect(wait).toBeLessThanOrEqual(60);
    }),
  );
});

test('a broker that is not configured is asked for every 5 s, however long it takes', () => {
  expect(nextLook('unconfigured', 60, 1000)).toBe(5);
});

test('who asks for patience gets it, up to an hour, and not all agents come back at one moment', () => {
  expect(nextLook('failed', 60, 1, 120, 0)).toBe(120);
  expect(nextLook('failed', 60, 1, 120, 1)).toBeCloseTo(132);
  expect(nextLook('failed', 60, 5, 2, 0)).toBe(16);
  expect(nextLook('failed', 60, 1, 1e9, 0)).toBe(3600);
  expect(nextLook('same', 60, 0, 120, 0.5)).toBe(60);
});
