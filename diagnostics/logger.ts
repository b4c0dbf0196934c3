/** The one logger: JSON lines, secrets masked. */

import { type DestinationStream, type LoggerOptions, pino } from 'pino';
import { describeError, maskSecrets } from './errors.ts';

export type Logger = ReturnType<typeof createLogger>;

/** To stdout, unless there is another destination. */
export function createLogger(name: string, level: string, destination?: DestinationStream) {
  const options: LoggerOptions = {
    name,
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    serializers: { err: describeError },
    formatters: { level: (label) => ({ level: label }) },
    hooks: {
      streamWrite: maskSecrets,
    },
  };
  return destination ? pino(options, destination) : pino(options);
}
