/** What a node pulls: the image, compressed as a registry keeps it. */

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Figure } from './figure.ts';

export async function measureImage(): Promise<Figure[]> {
  const { stdout } = await promisify(execFile)('test/images/size.sh', ['localhost/pyca:dev']);
  const [compressed = 0, plain = 0] = stdout.trim().split(' ').map(Number);
  const mb = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`;
  return [
    {
      what: 'image',
      measured: `${mb(compressed)} compressed`,
      peer: `uncompressed: ${mb(plain)}`,
      goal: '≤ 70 MB compressed',
    },
  ];
}
