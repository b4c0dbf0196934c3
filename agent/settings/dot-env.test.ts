import { chmodSync, chownSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../../test/fixtures/temporary-folder.ts';
import { readDotEnv } from './dot-env.ts';

const [me, other] = [process.geteuid?.() ?? 0, 12345];

test.skipIf(me !== 0).each([
  [0o1777, me, true],
  [0o1777, other, false],
  [0o755, other, true],
])('of a folder of mode %o, the .env of user %i counts: %j', (mode, owner, counts) => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, '.env'), 'PYCA_SINK=http://collector.example/\n');
  chownSync(join(folder, '.env'), owner, owner);
  chmodSync(folder, mode);
  expect(readDotEnv(folder)?.values).toEqual(counts ? { PYCA_SINK: 'http://collector.example/' } : undefined);
});
