/** What there is to show: coverage, where it came from, and the sources as far as they are to be had. */

import type { Coverage } from '../../coverage/file-lines.ts';

export type ReportInput = {
  coverage: Coverage;
  /** For people: which data this is. */
  origin: string;
  /** When it was measured. */
  time: Date;
  /** The folder that the paths are relative to, where it is known. */
  root?: string | undefined;
  repo?: string;
  branch?: string;
  commit?: string;
  /** A file's source; undefined where it is not to be had. */
  source: (path: string) => string | undefined;
  /** What else the user should know. */
  notes: string[];
};
