import { expect, test } from 'vitest';
import { isNewer } from './version-order.ts';

test.each([
  ['1.10.0', '1.9.2', true],
  ['1.9.2', '1.10.0', false],
  ['1.0.0', '1.0.0', false],
  ['2.0.0', '1.99.99', true],
  ['1.0.0', '1.0.0-rc.1', true],
  ['1.0.0-rc.1', '1.0.0', false],
  ['', '0.1.0', false],
  ['0.1.0', '', true],
])('%s is newer than %s: %s', (version, than, newer) => expect(isNewer(version, than)).toBe(newer));
