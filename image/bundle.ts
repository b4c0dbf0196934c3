/** Bundles `pyca` for the image, into dist/image; preload/ there holds what the agent installs into pods. */

import { cpSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { bundlePyca } from './bundling.ts';

const root = join(import.meta.dirname, '..');
const out = join(root, 'dist/image');

await bundlePyca(out);
copyPreload('env', 'agent/preload/env/build.sh');
copyPreload('python', 'agent/preload/python/compile.sh');

/** A part of the preload, as its script left it in dist/. */
function copyPreload(part: string, script: string): void {
  const built = join(root, 'dist/preload', part);
  if (!existsSync(built)) throw new Error(`${built} is missing: run ${script} first`);
  cpSync(built, join(out, 'preload', part), { recursive: true });
}
