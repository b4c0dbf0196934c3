import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { reportSchema } from '../../coverage/report.ts';
import { sampleReport } from '../../test/fixtures/report.ts';
import { temporaryFolder } from '../../test/fixtures/temporary-folder.ts';
import { FileSink } from './file-sink.ts';

const lines = (path: string) => readFileSync(path, 'utf8').split('\n');

test('each report is a line, in a file of the owner’s alone; its folder is made', async () => {
  const sink = new FileSink(join(temporaryFolder(), 'a/b/reports.ndjson'));
  const message = sampleReport();
  await sink.publish(message);
  await sink.publish(sampleReport('mode: count\nb.py:1.0,1.0 1 1\n'));
  const [first = '', second = '', end] = lines(sink.path);
  expect(JSON.parse(first)).toEqual(JSON.parse(String(message.body)));
  expect(reportSchema.parse(JSON.parse(second)).coverage.raw).toContain('b.py');
  expect(end).toBe('');
  expect(statSync(sink.path).mode & 0o777).toBe(0o600);
  expect(sink.address).toBe(`file://${sink.path}`);
});

test('a file that is there keeps its lines and its mode', async () => {
  const path = join(temporaryFolder(), 'reports.ndjson');
  writeFileSync(path, '{}\n');
  chmodSync(path, 0o644);
  await new FileSink(path).publish(sampleReport());
  expect(lines(path)[0]).toBe('{}');
  expect(lines(path)).toHaveLength(3);
  expect(statSync(path).mode & 0o777).toBe(0o644);
});

test('many writers at once don’t mix their lines', async () => {
  const path = join(temporaryFolder(), 'reports.ndjson');
  const raw = `mode: count\n${Array.from({ length: 5000 }, (_, i) => `f${i}.py:1.0,1.0 1 1\n`).join('')}`;
  await Promise.all(Array.from({ length: 20 }, () => new FileSink(path).publish(sampleReport(raw))));
  const reports = lines(path)
    .slice(0, -1)
    .map((line) => JSON.parse(line).coverage.raw);
  expect(reports).toHaveLength(20);
  expect(new Set(reports)).toEqual(new Set([raw]));
});

test('a look makes nothing', async () => {
  const path = join(temporaryFolder(), 'a/reports.ndjson');
  await new FileSink(path).check();
  expect(existsSync(join(path, '..'))).toBe(false);
});

test.each<[string, (folder: string) => string]>([
  ['a folder', (folder) => folder],
  [
    'below a file',
    (folder) => {
      writeFileSync(join(folder, 'file'), '');
      return join(folder, 'file/reports.ndjson');
    },
  ],
  [
    'a link in circles',
    (folder) => {
      symlinkSync('loop', join(folder, 'loop'));
      return join(folder, 'loop/reports.ndjson');
    },
  ],
])('%s is SINK_UNWRITABLE, to look at and to write', async (_, make) => {
  const sink = new FileSink(make(temporaryFolder()));
  await expect(sink.check()).rejects.toMatchObject({
    code: 'SINK_UNWRITABLE',
    message: expect.stringContaining(sink.path.split('/').at(-2) ?? ''),
  });
  await expect(sink.publish(sampleReport())).rejects.toMatchObject({ code: 'SINK_UNWRITABLE' });
});

test.runIf(existsSync('/dev/full'))('a full volume is told', async () => {
  await expect(new FileSink('/dev/full').publish(sampleReport())).rejects.toMatchObject({
    code: 'SINK_UNWRITABLE',
    message: expect.stringContaining('ENOSPC'),
  });
});

test('a pipe that nobody reads holds nothing up', async () => {
  const pipe = join(temporaryFolder(), 'pipe');
  execFileSync('mkfifo', [pipe]);
  await expect(new FileSink(pipe).publish(sampleReport())).rejects.toMatchObject({ code: 'SINK_UNWRITABLE' });
});

test('where no folder can be made it says so, and goes on', async () => {
  const publishing = new FileSink('/proc/pyca/a/reports.ndjson').publish(sampleReport());
  await expect(publishing).rejects.toMatchObject({ code: 'SINK_UNWRITABLE' });
});
