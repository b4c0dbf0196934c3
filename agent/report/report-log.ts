/** Coverage of a file of reports, one JSON a line, as the file sink appends them: the union of one commit's. */

import { open } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import type { Coverage } from '../../coverage/file-lines.ts';
import { parseRaw } from '../../coverage/raw-text.ts';
import { type Report, reportSchema } from '../../coverage/report.ts';
import { unionCoverage } from '../../coverage/union.ts';
import { PycaError } from '../../diagnostics/errors.ts';
import type { ReportInput } from './report-input.ts';
import { printable } from './text-width.ts';

/** What all reports of one commit say together. */
type CommitCoverage = Pick<Report, 'repo' | 'branch' | 'commit' | 'timestamp'> & {
  coverage: Coverage;
  reports: number;
};
/** Of lines that are no reports: a file that is something else has nothing but those. */
const MOST_WARNINGS = 5;

type Choice = { commit?: string | undefined; repo?: string | undefined };

/** Of the commit that was reported last, or of the one that `choice` names. `-` is stdin. */
export async function readReportLog(file: string, choice: Choice, warn: (text: string) => void) {
  const handle = file === '-' ? undefined : await open(file);
  try {
    const commits = await readCommits(handle?.createReadStream() ?? process.stdin, (text) => warn(`${file}${text}`));
    return describe(file, choose(commits, choice), commits);
  } finally {
    await handle?.close();
  }
}

async function readCommits(input: Readable, warn: (text: string) => void): Promise<CommitCoverage[]> {
  const commits = new Map<string, CommitCoverage>();
  let number = 0;
  let wrong = 0;
  for await (const line of lines(input)) {
    number++;
    // With a byte order mark, as some editors leave it.
    const text = line.trim();
    if (!text) continue;
    try {
      const { repo, branch, commit, timestamp, coverage } = reportSchema.parse(JSON.parse(text));
      const known = commits.get(`${repo}\n${commit}`);
      const newer = !known || timestamp >= known.timestamp;
      commits.set(`${repo}\n${commit}`, {
        ...(newer ? { repo, branch, commit, timestamp } : known),
        coverage: unionCoverage(known?.coverage ?? new Map(), parseRaw(coverage.raw)),
        reports: (known?.reports ?? 0) + 1,
      });
    } catch (error) {
      wrong++;
      const reason = error instanceof PycaError ? error.message : 'no report of PYCA';
      if (wrong <= MOST_WARNINGS) warn(`, line ${number}: ${reason}; left out`);
    }
  }
  if (wrong > MOST_WARNINGS) warn(`: ${wrong} of ${number} lines are no reports`);
  return [...commits.values()].toSorted((a, b) => b.timestamp - a.timestamp);
}

/** `readline` takes U+2028 for the end of a line too, which JSON has in its texts as it is. */
async function* lines(input: Readable): AsyncGenerator<string> {
  let rest = '';
  for await (const chunk of input.setEncoding('utf8')) {
    const pieces: string[] = chunk.split('\n');
    pieces[0] = rest + pieces[0];
    rest = pieces.pop() ?? '';
    yield* pieces;
  }
  if (rest) yield rest;
}

function choose(commits: CommitCoverage[], { commit = '', repo = '' }: Choice): CommitCoverage | undefined {
  const found = commits.filter((one) => one.commit.startsWith(commit) && one.repo.includes(repo));
  if (found.length === 0 && commits.length > 0) {
    const there = commits.slice(0, 5).map(nameOf).join('; ');
    throw new PycaError(
      'COVERAGE_NONE',
      `no report of commit "${commit}"${repo && ` in "${repo}"`}; there are: ${there}`,
    );
  }
  if (commit && found.length > 1) {
    throw new PycaError('USAGE', `--commit ${commit} may be one of ${found.slice(0, 5).map(nameOf).join('; ')}`);
  }
  return found[0];
}

function describe(file: string, chosen: CommitCoverage | undefined, all: CommitCoverage[]): ReportInput {
  const others = all.length - 1;
  return {
    coverage: chosen?.coverage ?? new Map(),
    origin: chosen ? `${file}, ${nameOf(chosen)}, ${chosen.reports} report${chosen.reports === 1 ? '' : 's'}` : file,
    time: new Date((chosen?.timestamp ?? 0) * 1000),
    ...(chosen && { repo: chosen.repo, branch: chosen.branch, commit: chosen.commit }),
    source: () => undefined,
    notes: others > 0 ? [`the newest of ${all.length} commits in this file; --commit chooses another`] : [],
  };
}

function nameOf({ repo, branch, commit }: CommitCoverage): string {
  const at = commit ? `commit ${commit.slice(0, 12)}` : 'no commit';
  return printable(`${at}${branch && ` (${branch})`}${repo && ` of ${repo}`}`);
}
