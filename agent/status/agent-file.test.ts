import { execFileSync } from 'node:child_process';
import { chownSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../../test/fixtures/temporary-folder.ts';
import { readAgentFile, removeAgentFile, writeAgentFile } from './agent-file.ts';

test('is for the user of the agent, as long as that runs', () => {
  const data = temporaryFolder();
  expect(readAgentFile(data)).toBeUndefined();
  writeAgentFile(data, { port: 1, token: 'x' });
  const file = join(data, 'agent.json');
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(readAgentFile(data)).toMatchObject({ port: 1, token: 'x', pid: process.pid });
  removeAgentFile(data, process.pid + 1);
  expect(readAgentFile(data)).toBeDefined();
  // Its number is another's by now.
  writeFileSync(file, JSON.stringify({ ...JSON.parse(readFileSync(file, 'utf8')), start: '1' }));
  expect(readAgentFile(data)).toBeUndefined();
});

test.skipIf(process.geteuid?.() !== 0)('is none where another user wrote it', () => {
  const data = temporaryFolder();
  writeAgentFile(data, { port: 1, token: 'x' });
  chownSync(join(data, 'agent.json'), 12345, 12345);
  expect(readAgentFile(data)).toBeUndefined();
  chownSync(data, 12345, 12345);
  expect(readAgentFile(data)).toBeDefined();
});

test('a pipe of that name holds nobody up', () => {
  const data = temporaryFolder();
  execFileSync('mkfifo', [join(data, 'agent.json')]);
  expect(readAgentFile(data)).toBeUndefined();
});
