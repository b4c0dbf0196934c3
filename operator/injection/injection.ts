/** What is injected. */

import type { Resources } from '../api/coverage-agent.ts';
import type { Settings } from '../api/settings.ts';

/** The same for every pod of a workload. */
export interface Injection {
  readonly settings: Settings;
  /** As Kind/name. */
  readonly workload: string;
  readonly image: string;
  readonly pullPolicy: string | undefined;
  readonly resources: Resources;
  readonly broker: {
    readonly secret: string;
    readonly exchange?: string | undefined;
    readonly routingKey?: string | undefined;
  };
}
