/** Whether a workload's pods are injected: the first level that is set decides. */

/*
 * pod template | workload | CoverageAgent | Namespace | injected | decided by
 * -------------+----------+---------------+-----------+----------+---------------
 * true/false   | any      | any           | any       | yes/no   | template
 * -            | t/f      | any           | any       | yes/no   | workload
 * -            | -        | t/f           | any       | yes/no   | coverage-agent
 * -            | -        | -             | t/f       | yes/no   | namespace
 * -            | -        | -             | -         | no       | default
 *
 * An annotation that is neither "true" nor "false" counts as not set, and is told as a fault.
 */

import { ENABLED } from '../api/names.ts';

export type Level = 'template' | 'workload' | 'coverage-agent' | 'namespace';

export interface SwitchLevels {
  template?: string | undefined;
  workload?: string | undefined;
  /** `spec.enabled` of a CoverageAgent that a user wrote; the operator's own follow the switch and do not set it. */
  coverageAgent?: boolean | undefined;
  namespace?: string | undefined;
}

export interface SwitchDecision {
  readonly enabled: boolean;
  readonly decidedBy: Level | 'default';
  readonly faults: readonly string[];
}

export function decideSwitch(levels: SwitchLevels): SwitchDecision {
  const steps: [Level, boolean | undefined][] = [
    ['template', parseSwitch(levels.template)],
    ['workload', parseSwitch(levels.workload)],
    ['coverage-agent', levels.coverageAgent],
    ['namespace', parseSwitch(levels.namespace)],
  ];
  const faults = [levels.template, levels.workload, levels.namespace].filter(isFault).map(explainFault);
  const decided = steps.find(([, value]) => value !== undefined);
  return { enabled: decided?.[1] ?? false, decidedBy: decided?.[0] ?? 'default', faults };
}

export function parseSwitch(value: string | undefined): boolean | undefined {
  if (value === 'true') return true;
  if (value === 'false') return false;
  return undefined;
}

export function isFault(value: string | undefined): value is string {
  return value !== undefined && parseSwitch(value) === undefined;
}

export function explainFault(value: string): string {
  return `${ENABLED} is ${JSON.stringify(value)} and counts as not set: set it to "true" or "false"`;
}
