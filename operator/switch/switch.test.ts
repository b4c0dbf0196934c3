import { describe, expect, test } from 'vitest';
import { INJECT } from '../api/names.ts';
import { carry } from './carried-annotation.ts';
import { decideSwitch, type SwitchDecision } from './switch.ts';

type Row = [
  string | undefined,
  string | undefined,
  boolean | undefined,
  string | undefined,
  boolean,
  SwitchDecision['decidedBy'],
];

const TABLE: Row[] = [
  // template, workload, CoverageAgent, Namespace, injected, decided by
  ['true', 'false', false, 'false', true, 'template'],
  ['false', 'true', true, 'true', false, 'template'],
  [undefined, 'true', false, 'false', true, 'workload'],
  [undefined, 'false', true, 'true', false, 'workload'],
  [undefined, undefined, true, 'false', true, 'coverage-agent'],
  [undefined, undefined, false, 'true', false, 'coverage-agent'],
  [undefined, undefined, undefined, 'true', true, 'namespace'],
  [undefined, undefined, undefined, 'false', false, 'namespace'],
  [undefined, undefined, undefined, undefined, false, 'default'],
  ['maybe', 'true', undefined, undefined, true, 'workload'],
  ['True', undefined, undefined, undefined, false, 'default'],
  ['', 'yes', undefined, '1', false, 'default'],
  [undefined, 'on', true, undefined, true, 'coverage-agent'],
];

describe('the switch', () => {
  test.each(TABLE)('template %s, workload %s, CoverageAgent %s, Namespace %s: %s by %s', (...row) => {
    const [template, workload, coverageAgent, namespace, enabled, decidedBy] = row;
    expect(decideSwitch({ template, workload, coverageAgent, namespace })).toMatchObject({ enabled, decidedBy });
  });

  test('tells of each value that is neither true nor false, with the remedy', () => {
    expect(decideSwitch({ template: 'maybe', workload: 'true', namespace: 'ja' }).faults).toEqual([
      'pyca.io/enabled is "maybe" and counts as not set: set it to "true" or "false"',
      'pyca.io/enabled is "ja" and counts as not set: set it to "true" or "false"',
    ]);
  });
});

test.each([
  ['on', undefined, { change: 'set', value: 'checkout' }],
  ['on', {}, { change: 'set', value: 'checkout' }],
  ['on', { [INJECT]: 'another' }, { change: 'none' }],
  ['off', { [INJECT]: 'checkout' }, { change: 'remove' }],
  ['off', { [INJECT]: '' }, { change: 'remove' }],
  ['off', undefined, { change: 'none' }],
])('switch %s, the template carries %j: %j', (enabled, annotations, expected) => {
  expect(carry(enabled === 'on', annotations, 'checkout')).toEqual(expected);
});
