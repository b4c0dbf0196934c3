import { execFileSync } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../../test/fixtures/temporary-folder.ts';
import { lookAtProjectConfig, readProjectConfig } from './project-config.ts';

/** A repository with a `.env`, and a folder in it. */
function project(text?: string): { root: string; inner: string } {
  const root = temporaryFolder();
  const inner = join(root, 'services/shop');
  mkdirSync(join(root, '.git'));
  mkdirSync(inner, { recursive: true });
  if (text !== undefined) writeFileSync(join(root, '.env'), text);
  return { root, inner };
}

const setting = (name: string, ...args: Parameters<typeof readProjectConfig>) =>
  lookAtProjectConfig(...args).settings.find((one) => one.name === name);

test('the repository’s .env counts from any folder in it, with the line it stands in', () => {
  const { root, inner } = project('# for all\n\nexport PYCA_EXCHANGE="of file"\nPYCA_REPO=old\nPYCA_REPO=new # last\n');
  const read = readProjectConfig(inner, {});
  expect(read.config.sink.broker.exchange).toBe('of file');
  expect(read.config.repository.repo).toBe('new');
  expect(read.root).toBe(root);
  expect(setting('PYCA_REPO', inner, {})).toEqual({
    name: 'PYCA_REPO',
    value: 'new',
    origin: '.env',
    place: `PYCA_REPO (${join(root, '.env')}, line 5)`,
  });
});

test('where the repository has none, that of the working directory counts; where both do, the repository’s', () => {
  const { root, inner } = project();
  writeFileSync(join(inner, '.env'), 'PYCA_EXCHANGE=inner\nPYCA_ROUTING_KEY=inner\n');
  expect(readProjectConfig(inner, {}).config.sink.broker.exchange).toBe('inner');
  writeFileSync(join(root, '.env'), 'PYCA_EXCHANGE=root\n');
  expect(readProjectConfig(inner, {}).config.sink.broker).toMatchObject({
    exchange: 'root',
    routingKey: 'coverage.report',
  });
  const alone = temporaryFolder();
  writeFileSync(join(alone, '.env'), 'PYCA_EXCHANGE=alone\n');
  expect(readProjectConfig(alone, {})).toMatchObject({
    root: alone,
    config: { sink: { broker: { exchange: 'alone' } } },
  });
});

test.each(['mkdir', 'mkfifo'])('a .env made by %s is somebody else’s, and no fault', (command) => {
  const { root, inner } = project();
  execFileSync(command, [join(root, '.env')]);
  writeFileSync(join(inner, '.env'), '\uFEFFPYCA_EXCHANGE=inner\r\n');
  expect(readProjectConfig(inner, {}).config.sink.broker.exchange).toBe('inner');
});

test.each<[string, NodeJS.ProcessEnv, string, string, string]>([
  ['nothing says it', {}, '', 'coverage_exchange', 'default'],
  ['the file', {}, 'PYCA_EXCHANGE=f', 'f', '.env'],
  ['the file, by its older name', {}, 'PCA_EXCHANGE=f', 'f', '.env'],
  ['the environment before the file', { PYCA_EXCHANGE: 'e' }, 'PYCA_EXCHANGE=f', 'e', 'environment'],
  [
    'the environment’s older name before the file’s newer',
    { PCA_EXCHANGE: 'e' },
    'PYCA_EXCHANGE=f',
    'e',
    'environment',
  ],
  ['the newer name before the older', { PYCA_EXCHANGE: 'e', PCA_EXCHANGE: 'o' }, '', 'e', 'environment'],
  ['an empty one in the environment', { PYCA_EXCHANGE: '' }, 'PYCA_EXCHANGE=f', 'coverage_exchange', 'default'],
  ['an empty one in the file', {}, 'PYCA_EXCHANGE=', 'coverage_exchange', 'default'],
])('%s', (_, env, text, value, origin) => {
  const { inner } = project(text);
  expect(readProjectConfig(inner, env).config.sink.broker.exchange).toBe(value);
  expect(setting('PYCA_EXCHANGE', inner, env)).toMatchObject({ value, origin });
});

test('a command’s option comes before all, and is named where it is wrong', () => {
  const { inner } = project('PYCA_FLUSH_INTERVAL=5');
  const option = (value: string) => ({ FLUSH_INTERVAL: { value, place: '--interval' } });
  const env = { PYCA_FLUSH_INTERVAL: '7' };
  expect(readProjectConfig(inner, env, option('2s')).config.flushInterval).toBe(2);
  expect(setting('PYCA_FLUSH_INTERVAL', inner, env, option('2s'))).toMatchObject({
    origin: 'option',
    place: '--interval',
  });
  expect(() => readProjectConfig(inner, env, option('often'))).toThrow(/^--interval: expected seconds/);
});

test.each([
  [{ GITHUB_TOKEN: 'a', PYCA_GITHUB_TOKEN: 'b', PCA_GITHUB_TOKEN: 'c' }, '', 'a'],
  [{ PYCA_GITHUB_TOKEN: 'b', PCA_GITHUB_TOKEN: 'c' }, '', 'b'],
  [{ PCA_GITHUB_TOKEN: 'c' }, 'GITHUB_TOKEN=f', 'c'],
  [{ GITHUB_TOKEN: '', PCA_GITHUB_TOKEN: 'c' }, '', 'c'],
  [{}, 'PYCA_GITHUB_TOKEN=g\nGITHUB_TOKEN=f', 'f'],
  [{ GITHUB_TOKEN: 'a' }, 'PYCA_GITHUB_API_URL=https://anywhere', undefined],
  [{ GITHUB_TOKEN: 'a', PCA_GITHUB_TOKEN: 'c' }, 'PYCA_GITHUB_API_URL=https://anywhere', 'c'],
  [{ GITHUB_TOKEN: 'a' }, 'PYCA_GITHUB_API_URL=https://anywhere\nGITHUB_TOKEN=f', 'f'],
  [{ GITHUB_TOKEN: 'a', PYCA_GITHUB_API_URL: 'https://ours' }, 'PYCA_GITHUB_API_URL=https://anywhere', 'a'],
])('the token of %j and %j', (env, text, token) => {
  expect(readProjectConfig(project(text).inner, env).config.github.token).toBe(token);
});

test('what is wrong is said with its place, all of it, and no value is quoted', () => {
  const { root, inner } = project('\nPYCA_FLUSH_INTERVAL=hunter2\n');
  const env = { PCA_SINK: 'ftp://me:hunter2@host', PYCA_GITHUB_API_URL: 'hunter2' };
  const { fault, config } = lookAtProjectConfig(inner, env);
  expect(fault).toMatchObject({ code: 'CONFIG_INVALID', remedy: expect.stringContaining('configuration.md') });
  expect(fault?.message).toContain(`PYCA_FLUSH_INTERVAL (${join(root, '.env')}, line 2): expected seconds`);
  expect(fault?.message).toContain('PCA_SINK: expected amqp');
  expect(fault?.message).toContain('PYCA_GITHUB_API_URL: expected http');
  expect(fault?.message).not.toContain('hunter2');
  expect(config.flushInterval).toBe(60);
  expect(() => readProjectConfig(inner, env)).toThrow(fault?.message);
});

test('an address of GitHub’s API has no user in it', () => {
  const { fault } = lookAtProjectConfig(project().inner, { PYCA_GITHUB_API_URL: 'https://me:hunter2@host/api/v3' });
  expect(fault?.message).toBe('PYCA_GITHUB_API_URL: expected no user in it: set PYCA_GITHUB_TOKEN');
});

test('a .env that cannot be read is told', () => {
  const { root, inner } = project();
  symlinkSync('.env', join(root, '.env'));
  expect(() => readProjectConfig(inner, {})).toThrow(`${join(root, '.env')}: cannot be read (ELOOP)`);
});

test('secrets are masked', () => {
  const env = {
    PYCA_SINK: 'https://me:hunter2@host/ingest?key=hunter2',
    PYCA_SINK_TOKEN: 'hunter2',
    PYCA_RABBITMQ_URL: `amqp://me:hunt/er2 "hunt'er@rabbit/`,
    PYCA_SESSION_TOKEN: 'hunter2',
    GITHUB_TOKEN: 'hunter2',
    PYCA_REPO: 'https://hunter2@github.com/acme/shop',
  };
  const { settings } = readProjectConfig(project().inner, env);
  expect(JSON.stringify(settings)).not.toMatch(/hunt/);
  expect(settings.find(({ name }) => name === 'PYCA_SINK')?.value).toBe('https://***@host/ingest');
  expect(settings.find(({ name }) => name === 'PYCA_SINK_TOKEN')?.value).toBe('***');
  expect(settings.find(({ name }) => name === 'PYCA_RABBITMQ_URL')?.value).toBe('amqp://***@rabbit/');
});

test('a path of the file starts where the file stands, any other where the command runs', () => {
  const { root, inner } = project('PYCA_DATA=out/a b\nPYCA_SINK=file:out/100%.ndjson\nPYCA_SESSION_TOKEN_FILE=token\n');
  const { config } = readProjectConfig(inner, { PYCA_SINK_TOKEN_FILE: 'secret' });
  expect(config.data).toBe(join(root, 'out/a b'));
  expect(config.sink.url).toBe(`file://${root}/out/100%25.ndjson`);
  expect(config.sessions.tokenFile).toBe(join(root, 'token'));
  expect(config.sink.tokenFile).toBe(join(inner, 'secret'));
});

test('whether anything but a default says it', () => {
  const { inner } = project('PCA_RABBITMQ_URL=amqp://rabbit');
  expect(readProjectConfig(inner, {}).isSet('SINK', 'RABBITMQ_URL')).toBe(true);
  expect(readProjectConfig(inner, {}).isSet('SINK', 'DATA')).toBe(false);
  expect(readProjectConfig(inner, { PYCA_DATA: '/x' }).isSet('SINK', 'DATA')).toBe(true);
});
