/** The message that an agent publishes and the platform consumes: exactly these fields, a string that is not known is empty. */

import { z } from 'zod';

/** Of the year 9999: what is later is in other units, or no time at all. */
const LAST_SECOND = 253_402_300_799;

export const reportSchema = z.strictObject({
  repo: z.string().describe('URL of the git repository'),
  repo_id: z.string().describe("the host's own number of the repository, which a rename keeps"),
  branch: z.string(),
  commit: z.string().describe('full hash'),
  ci: z.strictObject({ provider: z.string(), pipeline_id: z.string(), job_id: z.string() }),
  coverage: z.strictObject({ format: z.literal('pyca'), raw: z.string().startsWith('mode: count\n') }),
  timestamp: z.number().int().nonnegative().max(LAST_SECOND).describe('seconds since 1970'),
});

export type Report = z.output<typeof reportSchema>;
