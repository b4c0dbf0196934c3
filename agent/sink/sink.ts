/** Where reports go. */

import type { PycaError } from '../../diagnostics/errors.ts';
import type { ReportMessage } from './report-message.ts';

export interface Sink {
  /** For people: no secret is in it. */
  readonly address: string;
  /**
   * Resolves when the other side has taken `message`; else throws a PycaError that holds no secret. One that may take its
   * time says so to `onBlocked`.
   */
  publish(message: ReportMessage, onBlocked?: (error: PycaError) => void): Promise<void>;
  /** Tries the way there without sending anything; throws what `publish` would, within `timeout` ms. */
  check(timeout?: number): Promise<void>;
}
