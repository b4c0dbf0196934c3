/** Takes out of the state folder what nobody asks for any more: line maps of commits of before, projects that are gone. */

import { existsSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { dataFolders, readProjects } from './state-folder.ts';

/** In ms. */
const OUTDATED = 7 * 24 * 3600 * 1000;

/** Only what was left alone for a week goes, so no application can be about to use it. */
export function pruneState(state: string, now: number = Date.now()): void {
  const isOutdated = (folder: string) => now - (statSync(folder, { throwIfNoEntry: false })?.mtimeMs ?? now) > OUTDATED;
  try {
    for (const { folder, root, data } of readProjects(state)) {
      if (readdirSync(join(folder, 'applications')).some((name) => !name.startsWith('.'))) continue;
      if (!existsSync(root) && isOutdated(data)) rmSync(folder, { recursive: true, force: true });
      for (const older of dataFolders(folder).slice(1)) {
        if (isOutdated(older)) rmSync(older, { recursive: true, force: true });
      }
    }
  } catch {
    // Whatever it was, it can stay there.
  }
}
