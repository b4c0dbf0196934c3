/** When the agent looks next. */

/**
 * What a look came to.
 *
 * | outcome        | next look                                                         |
 * | -------------- | ----------------------------------------------------------------- |
 * | `none`         | no line has run yet: each second, so the first report comes at once |
 * | `same`, `sent` | the flush interval, ± 10 % so that pods don't beat in time          |
 * | `unconfigured` | no broker is known yet, which costs nobody anything: 5 s           |
 * | `failed`       | back off: 1, 2, 4 s ... a minute, each less up to half by chance      |
 * |                | the other side asked for more patience: that, at most an hour        |
 */
export type Outcome = 'none' | 'same' | 'sent' | 'unconfigured' | 'failed';

const FIRST_LOOK = 1;
const UNCONFIGURED = 5;
const LONGEST = 60;
const MOST_PATIENT = 3600;
/** A timer of more than 2^31 ms, some 25 days, would end at once. */
const LONGEST_TIMER = 2_000_000;

/** Seconds. `failures` counts those in a row, `retryAfter` is what the other side asked for; `chance` is from 0 to 1. */
export function nextLook(
  outcome: Outcome,
  interval: number,
  failures: number,
  retryAfter = 0,
  chance = Math.random(),
): number {
  switch (outcome) {
    case 'none':
      return Math.min(FIRST_LOOK, interval);
    case 'unconfigured':
      return UNCONFIGURED;
    case 'failed':
      return Math.max(
        Math.min(MOST_PATIENT, retryAfter) * (1 + chance / 10),
        Math.min(LONGEST, 2 ** (failures - 1)) * (1 - chance / 2),
      );
    default:
      return Math.min(LONGEST_TIMER, interval * (0.9 + chance * 0.2));
  }
}
