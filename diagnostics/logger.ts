/** The one logger: JSON lines on stdout, secrets masked. */

import { pino } from 'pino';
import { describeError, maskSecrets } from './errors.ts';

export type Logger = ReturnType<typeof createLogger>;

export function createLogger(name: string, level: string) {
  return pino({
    name,
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    serializers: { err: describeError },
    formatters: { level: (label) => ({ level: label }) },
    hooks: {
      streamWrite: maskSecrets,
    },
  });
}
