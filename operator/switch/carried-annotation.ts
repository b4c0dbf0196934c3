/** The one annotation that the operator writes into a pod template, where the pod webhook sees it. */

import { INJECT } from '../api/names.ts';

/*
 * switch | template carries   | then
 * -------+--------------------+----------------------------------------------------
 * on     | nothing            | carry the CoverageAgent's name
 * on     | any name           | leave it: another name would roll the pods for nothing
 * off    | nothing            | leave it
 * off    | any name           | take it back
 */
export type Carry =
  | { readonly change: 'none' }
  | { readonly change: 'set'; readonly value: string }
  | { readonly change: 'remove' };

export function carry(
  enabled: boolean,
  templateAnnotations: Record<string, string> | undefined,
  coverageAgent: string,
): Carry {
  const carried = templateAnnotations?.[INJECT];
  if (enabled && !carried) return { change: 'set', value: coverageAgent };
  if (!enabled && carried !== undefined) return { change: 'remove' };
  return { change: 'none' };
}
