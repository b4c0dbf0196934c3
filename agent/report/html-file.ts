/** A file's page: its source, what ran, what did not, and the way from one missing line to the next. */

import type { FileLines } from '../../coverage/file-lines.ts';
import { logicalLines } from '../../coverage/python-source.ts';
import { type FileSummary, formatPercent, formatRange } from '../../coverage/summary.ts';
import { highlight } from './highlight.ts';
import { grade, printBar, printPage } from './html-page.ts';
import { escapeHtml, formatCount } from './html-text.ts';
import { sourceLines } from './source-text.ts';

/** Browsers lay out only those of these lists that are seen: 20,000 lines open at once. */
const CHUNK = 200;
const MOST_MARKS = 600;

export type FilePage = {
  summary: FileSummary;
  lines: FileLines;
  /** Undefined where it is not to be had: then the statements stand without it. */
  source: string | undefined;
  note?: string | undefined;
  /** Pages of the files before and after this one. */
  previous?: string | undefined;
  next?: string | undefined;
  version: string;
};

type State = 'run' | 'miss' | '';
/** `more` is a further line of a statement, `gap` the first of a run of missing ones. */
type Line = { number: number; state: State; more: State; gap: boolean; code: string };

export function printFilePage(page: FilePage): string {
  const { summary, source, note, version } = page;
  const lines = layOut(page);
  const gaps = lines.filter(({ gap }) => gap).length;
  const cut = summary.file.lastIndexOf('/') + 1;
  const ran = summary.statements - summary.missing;
  const body = `<a class="skip" href="#source">Skip to the source</a>
<header>
<div>
<nav aria-label="Report"><a href="../index.html" rel="up">All files</a>${neighbour(page.previous, 'prev', 'Previous file')}${neighbour(
    page.next,
    'next',
    'Next file',
  )}</nav>
<h1><bdi><span class="folder">${escapeHtml(summary.file.slice(0, cut))}</span>${escapeHtml(summary.file.slice(cut))}</bdi></h1>
</div>
<div class="share ${grade(summary)}">
<p><strong>${formatPercent(summary.percent)}<small>%</small></strong>
<span>${formatCount(ran)} of ${formatCount(summary.statements)} statements ran, ${formatCount(summary.missing)} did not</span></p>
${printBar(summary)}
</div>
<div class="jump" hidden data-gaps="${gaps}">
<button type="button" data-jump="-1" title="Previous missing line (p)">↑<span class="hidden"> previous missing line</span></button>
<button type="button" data-jump="1" title="Next missing line (n)">↓<span class="hidden"> next missing line</span></button>
<output id="place" aria-live="polite"></output>
<span class="keys"><kbd>n</kbd> <kbd>p</kbd> missing lines · <kbd>u</kbd> all files · <kbd>[</kbd> <kbd>]</kbd> files</span>
</div>
</header>
<main id="source">
${note ? `<p class="note">${escapeHtml(note)}</p>` : ''}
${summary.missing > 0 ? `<p class="hidden">Missing: ${summary.missingRanges.map(formatRange).join(', ')}</p>` : ''}
${printLines(lines, source !== undefined)}
</main>
${printMap(lines)}`;
  return printPage({ title: `${formatPercent(summary.percent)}% · ${summary.file}`, kind: 'file', body, version });
}

function layOut({ lines: { executed, missing }, source }: FilePage): Line[] {
  const states = new Map<number, State>([
    ...executed.map((n) => [n, 'run'] as const),
    ...missing.map((n) => [n, 'miss'] as const),
  ]);
  const numbers =
    source === undefined
      ? [...states.keys()].sort((a, b) => a - b)
      : Array.from({ length: sourceLines(source).length }, (_, i) => i + 1);
  const text = source?.replace(/\r\n?/g, '\n') ?? '';
  const code = highlight(text);
  const further = furtherLines(text, states);
  let before: State = '';
  return numbers.map((number) => {
    const state = states.get(number) ?? '';
    // Missing lines with nothing that ran between them are one gap.
    const gap = state === 'miss' && before !== 'miss';
    if (state) before = state;
    return { number, state, more: state ? '' : (further.get(number) ?? ''), gap, code: code[number - 1] ?? '' };
  });
}

/** Lines of a statement behind its first. */
function furtherLines(text: string, states: ReadonlyMap<number, State>): Map<number, State> {
  const further = new Map<number, State>();
  for (const { first, last } of logicalLines(text)) {
    const state = states.get(first);
    for (let line = first + 1; state && line <= last; line++) further.set(line, state);
  }
  return further;
}

/** Lists of list items, which number themselves for those who hear the page. */
function printLines(lines: Line[], hasSource: boolean): string {
  if (lines.length === 0) return '<p class="note">There is nothing in this file that could run.</p>';
  const chunks = Array.from({ length: Math.ceil(lines.length / CHUNK) }, (_, i) =>
    lines.slice(i * CHUNK, (i + 1) * CHUNK),
  );
  const lists = chunks.map((chunk) => `<ol start="${chunk[0]?.number}">\n${chunk.map(printLine).join('')}</ol>`);
  return `<div class="source${hasSource ? '' : ' bare'}">\n${lists.join('\n')}\n</div>`;
}

const MARKS = {
  run: '<i title="ran">✓</i>',
  miss: '<i title="did not run">✗</i>',
  '': '<i></i>',
};

function printLine({ number, state, more, gap, code }: Line): string {
  const kind = more ? `${more} more` : `${state}${gap ? ' gap' : ''}`;
  return `<li id="L${number}"${kind && ` class="${kind}"`} value="${number}"><a href="#L${number}">${number}</a>${MARKS[state]}<code>${code}</code></li>\n`;
}

/** The whole file at the window's edge, with its gaps. */
function printMap(lines: Line[]): string {
  const last = lines.at(-1)?.number ?? 1;
  const marks: [start: number, end: number][] = [];
  const near = last / MOST_MARKS;
  for (const { number, state } of lines) {
    if (state !== 'miss') continue;
    const mark = marks.at(-1);
    if (mark && number - mark[1] <= 1 + near) mark[1] = number;
    else marks.push([number, number]);
  }
  const rects = marks.map(
    ([start, end]) => `<rect y="${start - 1}" width="1" height="${Math.max(end - start + 1, near)}"/>`,
  );
  return `<svg class="map" viewBox="0 0 1 ${last}" preserveAspectRatio="none" aria-hidden="true">${rects.join('')}</svg>`;
}

function neighbour(page: string | undefined, rel: 'prev' | 'next', text: string): string {
  return page === undefined ? '' : ` <a href="${page}" rel="${rel}">${text}</a>`;
}
