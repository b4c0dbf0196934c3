/**
 * Cobertura XML by its `coverage-04.dtd`, arranged as coverage.py does: a package is a folder, a class is a file. No DOCTYPE:
 * readers would go and fetch it.
 */

import { byPath, type Coverage, countLines, type FileLines, lineHits } from './file-lines.ts';

export type CoberturaOptions = {
  /** PYCA's. */
  version: string;
  /** When it was measured. */
  time: Date;
  /** Folders that the paths are relative to. */
  sources?: readonly string[];
};

export function printCobertura(coverage: Coverage, { version, time, sources = [] }: CoberturaOptions): string {
  const { executable, covered } = countLines(coverage);
  const totals =
    `lines-valid="${executable}" lines-covered="${covered}" line-rate="${rate(covered, executable)}" ` +
    'branches-valid="0" branches-covered="0" branch-rate="0" complexity="0"';
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<coverage version="${xmlText(version)}" timestamp="${time.getTime()}" ${totals}>`,
    '  <sources>',
    ...sources.map((source) => `    <source>${xmlText(source)}</source>`),
    '  </sources>',
    '  <packages>',
    ...packages(coverage).flatMap(([name, files]) => printPackage(name, files)),
    '  </packages>',
    '</coverage>\n',
  ].join('\n');
}

function packages(coverage: Coverage): [string, Map<string, FileLines>][] {
  const folders = new Map<string, Map<string, FileLines>>();
  for (const [path, lines] of [...coverage].sort(byPath)) {
    const folder = path.slice(0, Math.max(0, path.lastIndexOf('/')));
    const files = folders.get(folder) ?? new Map();
    folders.set(folder, files.set(path, lines));
  }
  return [...folders].sort(byPath);
}

function printPackage(folder: string, files: Map<string, FileLines>): string[] {
  const { executable, covered } = countLines(files);
  const name = folder.replaceAll('/', '.') || '.';
  return [
    `    <package name="${xmlText(name)}" line-rate="${rate(covered, executable)}" branch-rate="0" complexity="0">`,
    '      <classes>',
    ...[...files].flatMap(printClass),
    '      </classes>',
    '    </package>',
  ];
}

function printClass([path, lines]: [string, FileLines]): string[] {
  const name = path.slice(path.lastIndexOf('/') + 1);
  const hits = lineHits(lines);
  const share = rate(lines.executed.length, hits.length);
  return [
    `        <class name="${xmlText(name)}" filename="${xmlText(path)}" line-rate="${share}" branch-rate="0" complexity="0">`,
    '          <methods/>',
    '          <lines>',
    ...hits.map(([line, count]) => `            <line number="${line}" hits="${count}"/>`),
    '          </lines>',
    '        </class>',
  ];
}

/** Never rounded up to 1 nor down to 0. */
function rate(part: number, whole: number): string {
  if (part === whole) return '1';
  if (part === 0) return '0';
  return String(Number(Math.min(Math.max(part / whole, 0.0001), 0.9999).toPrecision(4)));
}

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
/** XML 1.0 has no way to write these. */
const UNWRITABLE = /[\p{Cc}\ufffe\uffff]/gu;

function xmlText(text: string): string {
  return text
    .toWellFormed()
    .replace(UNWRITABLE, '?')
    .replace(/[&<>"]/g, (c) => ENTITIES[c] as string);
}
