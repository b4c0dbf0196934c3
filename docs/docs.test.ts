/** The handwritten pages name everything that there is, by the names and defaults that the code has. */

import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readAgentConfig } from '../agent/settings/config.ts';
import { printReference, REFERENCE } from '../bin/reference.ts';
import type { ErrorCode } from '../diagnostics/errors.ts';
import { PHASES } from '../operator/api/coverage-agent.ts';
import { ENABLED, INJECT, REASON, STATUS } from '../operator/api/names.ts';
import { annotationFaults } from '../operator/api/settings.ts';
import { readConfig } from '../operator/config.ts';
import type { ReasonCode } from '../operator/injection/reasons.ts';

const ROOT = dirname(import.meta.dirname);
const read = (file: string) => readFileSync(join(ROOT, file), 'utf8');
const configuration = read('docs/reference/configuration.md');
const troubleshooting = read('docs/troubleshooting.md');

/** tsc asks for each code. */
const ERRORS: Record<ErrorCode, true> = {
  CONFIG_INVALID: true,
  LINE_MAP_INVALID: true,
  RAW_INVALID: true,
  PRELOAD_FAILED: true,
  BROKER_UNCONFIGURED: true,
  BROKER_UNREACHABLE: true,
  BROKER_CREDENTIALS: true,
  BROKER_VHOST: true,
  BROKER_TLS: true,
  BROKER_REFUSED: true,
  BROKER_BLOCKED: true,
  BROKER_UNROUTABLE: true,
  SINK_UNCONFIGURED: true,
  SINK_UNREACHABLE: true,
  SINK_TLS: true,
  SINK_REFUSED: true,
  SINK_BUSY: true,
  SINK_UNWRITABLE: true,
  GIT_MISSING: true,
  GIT_REFUSED: true,
  REPO_ID_UNKNOWN: true,
  DATA_UNREADABLE: true,
  STATUS_PORT_TAKEN: true,
  SESSION_NAME: true,
  SESSION_OPEN: true,
  SESSION_UNKNOWN: true,
  SESSION_TOKEN_UNSET: true,
  SESSION_TOKEN_WRONG: true,
  SESSIONS_OFF: true,
  AGENT_NOT_FOUND: true,
  COVERAGE_NONE: true,
  PYTHON_UNSUPPORTED: true,
  PYTHON_MANAGED: true,
  SITE_UNWRITABLE: true,
  INSTALLED_BY_PIP: true,
  REPORT_UNWRITABLE: true,
  PYTHON_NOT_FOUND: true,
  SELF_TEST_FAILED: true,
  KUBERNETES_API: true,
  USAGE: true,
};
const REASONS: Record<ReasonCode, true> = {
  windows: true,
  'host-network': true,
  'bad-annotation': true,
  'unknown-switch': true,
  'name-taken': true,
  'no-container': true,
  'container-unknown': true,
  'mount-path-taken': true,
  'value-from': true,
};

/** The names that a reader of settings asks for. */
function namesRead(reader: (settings: Record<string, string>) => unknown): string[] {
  const names = new Set<string>();
  const get = (_: object, name: string | symbol) => void names.add(String(name));
  reader(new Proxy({}, { get }));
  return [...names].sort();
}

/** The first two cells of each row below a heading, as far as the next one. */
function rows(page: string, heading: string): [name: string, second: string][] {
  const section = page.split(`\n${heading}\n`)[1]?.split(/\n#+ /)[0] ?? '';
  return [...section.matchAll(/^\| `([^`]+)` \| ([^|]*) \|/gm)].map(([, name = '', second = '']) => [name, second]);
}

describe.each([
  ['### Agent', readAgentConfig],
  ['### Operator', readConfig],
] as const)('configuration.md, %s', (heading, readSettings) => {
  const documented = rows(configuration, heading);

  test('names each variable that is read', () => {
    const names = namesRead(readSettings).filter((name) => name.startsWith('PYCA_'));
    expect(documented.map(([name]) => name).sort()).toEqual(names);
  });

  const defaults = documented.flatMap(([name, text]) => {
    const value = /^`(.*)`$/.exec(text)?.[1];
    return value === undefined ? [] : [[name, value] as const];
  });
  test.each(defaults)('the default of %s is %s', (name, value) => {
    expect(readSettings({ [name]: value })).toEqual(readSettings({}));
  });
});

test('configuration.md names each annotation', () => {
  const names = [...namesRead(annotationFaults), ENABLED].sort();
  expect(
    rows(configuration, '## Annotations')
      .map(([name]) => name)
      .sort(),
  ).toEqual(names);
  for (const name of [INJECT, STATUS, REASON]) expect(configuration).toContain(`\`${name}\``);
});

test('configuration.md’s examples of annotations are good ones', () => {
  const examples = [...configuration.matchAll(/^\| `(pyca\.io\/[a-z-]+)` \|.*\| `([^`]+)` \|$/gm)];
  expect(examples).toHaveLength(rows(configuration, '## Annotations').length);
  expect(annotationFaults(Object.fromEntries(examples.map(([, name, example]) => [name, example])))).toEqual([]);
});

test.each([...Object.keys(ERRORS), ...Object.keys(REASONS), ...PHASES])('troubleshooting.md explains %s', (word) => {
  expect(troubleshooting).toContain(`| \`${word}\` |`);
});

test('cli.md is what --help says', async () => {
  expect(readFileSync(REFERENCE, 'utf8'), 'run: npm run generate').toBe(await printReference());
});

test('each link leads somewhere', () => {
  const pages = ['README.md', ...globSync('{docs,charts}/**/*.md', { cwd: ROOT })];
  const lost = pages.flatMap((page) =>
    [...read(page).matchAll(/\]\(([^)\s]+)\)/g)].flatMap(([, link = '']) =>
      /^[a-z]+:/.test(link) || leads(page, link) ? [] : [`${page}: ${link}`],
    ),
  );
  expect(lost).toEqual([]);
});

function leads(page: string, link: string): boolean {
  const [file, anchor] = link.split('#');
  const target = file ? join(dirname(page), file) : page;
  if (!existsSync(join(ROOT, target))) return false;
  return !anchor || headings(read(target)).includes(anchor);
}

/** As GitHub makes anchors of them. */
function headings(page: string): string[] {
  return [...page.matchAll(/^#+ (.*)$/gm)].map(([, title = '']) =>
    title
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}
