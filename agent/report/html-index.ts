/** The report's first page: every file with its share, to sort and to filter. */

import { type FileSummary, formatPercent, type Summary } from '../../coverage/summary.ts';
import { grade, printBar, printPage } from './html-page.ts';
import { escapeHtml, formatCount } from './html-text.ts';

export type About = {
  /** Which data it shows, for people. */
  origin: string;
  time: Date;
  version: string;
};

/** `pages` tells where each file's page is; `files` come in the order in which they are to be shown. */
export function printIndex({ files, total }: Summary, pages: ReadonlyMap<string, string>, about: About): string {
  const ran = total.statements - total.missing;
  const body = `<header>
<div>
<h1>Coverage</h1>
<p class="about">${escapeHtml(about.origin)} · <time datetime="${about.time.toISOString()}">${day(about.time)}</time></p>
</div>
<div class="share ${grade(total)}">
<p><strong>${formatPercent(total.percent)}<small>%</small></strong>
<span>${formatCount(ran)} of ${formatCount(total.statements)} statements ran, ${formatCount(total.missing)} did not</span></p>
${printBar(total)}
</div>
</header>
<main>
<form class="filter" role="search" hidden>
<label>Filter <input type="search" id="filter" autocomplete="off" spellcheck="false" placeholder="shop/, cart.py …"></label>
<label><input type="checkbox" id="incomplete"> only files with missing lines</label>
<output id="shown" aria-live="polite"></output>
<span class="keys"><kbd>/</kbd> filter</span>
</form>
<table id="files">
<thead><tr>
<th scope="col" data-key="file" aria-sort="ascending">File</th>
<th scope="col" data-key="statements" class="number">Statements</th>
<th scope="col" data-key="missing" class="number">Missing</th>
<th scope="col" data-key="percent" class="number">Coverage</th>
<th scope="col"><span class="hidden">Share</span></th>
</tr></thead>
<tbody>
${files.map((file) => printRow(file, pages.get(file.file) ?? '')).join('\n')}
</tbody>
<tfoot><tr><th scope="row">Total</th><td class="number">${formatCount(total.statements)}</td><td class="number">${formatCount(
    total.missing,
  )}</td><td class="number">${formatPercent(total.percent)}%</td><td class="share">${printBar(total)}</td></tr></tfoot>
</table>
</main>
<footer>PYCA ${escapeHtml(about.version)}</footer>`;
  return printPage({
    title: `${formatPercent(total.percent)}% · coverage`,
    kind: 'index',
    body,
    version: about.version,
  });
}

function printRow(file: FileSummary, page: string): string {
  const cut = file.file.lastIndexOf('/') + 1;
  const [folder, name] = [file.file.slice(0, cut), file.file.slice(cut)].map(escapeHtml);
  return (
    `<tr><th scope="row"><a href="${page}"><bdi><span class="folder">${folder}</span>${name}</bdi></a></th>` +
    `<td class="number">${formatCount(file.statements)}</td><td class="number">${formatCount(file.missing)}</td>` +
    `<td class="number ${grade(file)}">${formatPercent(file.percent)}%</td><td class="share">${printBar(file)}</td></tr>`
  );
}

function day(time: Date): string {
  return `${time.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}
