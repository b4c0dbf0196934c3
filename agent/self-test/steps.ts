/** The steps of a self-test: each tells what it did and how long it took; the first that fails ends its track. */

import { describeError } from '../../diagnostics/errors.ts';

/** `note`: could not be done or seen, which need not be wrong. */
export type StepState = 'ok' | 'note' | 'failed' | 'skipped';

export type StepResult = {
  step: string;
  state: StepState;
  milliseconds: number;
  message: string;
  code?: string;
  remedy?: string;
};

/** Ends well with what to say of it; `note` where it is no more than that. Throws where it failed. */
export type Step = { step: string; work: () => Promise<string | { note: string }> };

/** True where all went well. */
export async function runSteps(steps: readonly Step[], tell: (result: StepResult) => void): Promise<boolean> {
  let failed: string | undefined;
  for (const { step, work } of steps) {
    if (failed !== undefined) {
      tell({ step, state: 'skipped', milliseconds: 0, message: `not tried, as "${failed}" failed` });
      continue;
    }
    const started = performance.now();
    const took = () => Math.round(performance.now() - started);
    try {
      const said = await work();
      const [state, message] = typeof said === 'string' ? (['ok', said] as const) : (['note', said.note] as const);
      tell({ step, state, milliseconds: took(), message });
    } catch (error) {
      failed = step;
      tell({ step, state: 'failed', milliseconds: took(), ...describeError(error) });
    }
  }
  return failed === undefined;
}
