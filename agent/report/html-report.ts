/** The HTML report: a folder that needs nothing from elsewhere. */

import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Summary } from '../../coverage/summary.ts';
import { PycaError } from '../../diagnostics/errors.ts';
import { version } from '../../diagnostics/version.ts';
import { printFilePage } from './html-file.ts';
import { printIndex } from './html-index.ts';
import { GENERATOR } from './html-page.ts';
import { SCRIPT } from './html-script.ts';
import { CSS } from './html-style.ts';
import type { ReportInput } from './report-input.ts';
import { sourceLines } from './source-text.ts';

/** Writes it into `folder`, over an older one; gives the first page's path. Throws REPORT_UNWRITABLE. */
export function writeHtmlReport(folder: string, summary: Summary, input: ReportInput): string {
  const pages = new Map(summary.files.map(({ file }) => [file, pageName(file)]));
  try {
    prepare(folder);
    write(join(folder, 'report.css'), CSS);
    write(join(folder, 'report.js'), SCRIPT);
    const names = [...pages.values()];
    summary.files.forEach((file, i) => {
      const lines = input.coverage.get(file.file) ?? { executed: [], missing: [] };
      const last = Math.max(lines.executed.at(-1) ?? 0, lines.missing.at(-1) ?? 0);
      const { source, note } = fitting(input.source(file.file), last);
      const [previous, next] = [names[i - 1], names[i + 1]];
      const page = printFilePage({ summary: file, lines, source, note, previous, next, version });
      write(join(folder, 'files', names[i] as string), page);
    });
    const links = new Map([...pages].map(([file, page]) => [file, `files/${page}`]));
    const index = join(folder, 'index.html');
    write(index, printIndex(summary, links, { origin: input.origin, time: input.time, version }));
    return index;
  } catch (error) {
    if (error instanceof PycaError) throw error;
    throw new PycaError('REPORT_UNWRITABLE', (error as Error).message, { cause: error });
  }
}

/** A source that is shorter than what ran in it is not the one that ran. */
function fitting(source: string | undefined, last: number): { source: string | undefined; note?: string } {
  if (source === undefined)
    return { source, note: 'The source of this file is not to be had: these are its statements.' };
  if (sourceLines(source).length >= last) return { source };
  return {
    source: undefined,
    note: 'The file has changed since it ran: these are the statements of the one that ran.',
  };
}

/** What is there and is not ours is not ours to overwrite. */
function prepare(folder: string): void {
  const index = join(folder, 'index.html');
  const isOurs = existsSync(index) && readFileSync(index, 'utf8').slice(0, 1_000).includes(GENERATOR);
  if (!isOurs && existsSync(folder) && readdirSync(folder).length > 0) {
    throw new PycaError('REPORT_UNWRITABLE', `${folder} holds something else than a report of PYCA`);
  }
  rmSync(join(folder, 'files'), { recursive: true, force: true });
  mkdirSync(join(folder, 'files'), { recursive: true });
  // It is generated: git need not see it.
  write(join(folder, '.gitignore'), '*\n');
}

/** Readable, of any length, the same on each file system, and no two alike. */
function pageName(path: string): string {
  const hash = createHash('sha256').update(path).digest('hex').slice(0, 10);
  return `${path.replace(/[^A-Za-z0-9.-]+/g, '_').slice(-80)}-${hash}.html`;
}

function write(file: string, text: string): void {
  writeFileSync(file, text);
}
