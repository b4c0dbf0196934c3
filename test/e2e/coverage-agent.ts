/** What a CoverageAgent says of its workload. */

import { eventually, get } from './kubernetes.ts';

type Condition = { type: string; status: string; message: string };

/** Waits until the condition Reporting is False and its message holds `text`. */
export async function reportingIsFalse(namespace: string, name: string, text: string, seconds = 120): Promise<void> {
  await eventually(
    `${name} does not report: ${text}`,
    async () => {
      const { status } = await get('coverageagent', namespace, name);
      const reporting = status.conditions.find(({ type }: Condition) => type === 'Reporting');
      if (reporting.status === 'False' && reporting.message.includes(text)) return true;
      throw new Error(`Reporting is ${reporting.status}: ${reporting.message}`);
    },
    seconds,
  );
}
