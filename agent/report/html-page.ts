/** What every page of the report has: its head, and how a share of lines is drawn. */

import { formatPercent, type Share } from '../../coverage/summary.ts';
import { escapeHtml } from './html-text.ts';
import { FAIR, GOOD } from './table.ts';

export type Page = { title: string; kind: 'index' | 'file'; body: string; version: string };

/** By which the next report knows that a folder is one of ours. */
export const GENERATOR = '<meta name="generator" content="PYCA';

/** Everything that a page needs is in the report's folder: it can be moved, mailed and read offline. */
export function printPage({ title, kind, body, version }: Page): string {
  const up = kind === 'file' ? '../' : '';
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
${GENERATOR} ${escapeHtml(version)}">
<title>${escapeHtml(title)}</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="${up}report.css">
<script src="${up}report.js" defer></script>
</head>
<body class="${kind}">
${body}
</body>
</html>
`;
}

export function grade({ percent }: Share): 'good' | 'fair' | 'poor' {
  return percent >= GOOD ? 'good' : percent >= FAIR ? 'fair' : 'poor';
}

/** Drawn, as the number stands beside it; no style attribute, as some servers of CI systems forbid those. */
export function printBar(share: Share): string {
  return (
    `<svg class="bar ${grade(share)}" viewBox="0 0 100 1" preserveAspectRatio="none" aria-hidden="true">` +
    `<rect width="${formatPercent(share.percent, 2)}" height="1"/></svg>`
  );
}
