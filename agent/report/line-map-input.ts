/** Coverage of a folder of line maps: their sources are in them. */

import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { unionCoverage } from '../../coverage/union.ts';
import { DataFolder } from '../collection/data-folder.ts';
import type { PathMapping } from '../collection/source-path.ts';
import type { ReportInput } from './report-input.ts';
import { decodeSource } from './source-text.ts';

const LINE_MAP = /\.lines$/;
const SESSION = /^sessions?(?:-\d+)?$/;

/** Of `folder`, or of the folders in it: an agent's data has one for each container. */
export function readLineMaps(folder: string, mapping: PathMapping, warn: (text: string) => void): ReportInput {
  const folders = lineMapFolders(folder).map((path) => {
    const data = new DataFolder(path, mapping, (file, reason) => warn(`${file || path}: ${reason}`));
    data.read();
    return data;
  });
  const sources = new Map(folders.flatMap((data) => [...data.sources()]));
  return {
    coverage: folders.map((data) => data.coverage()).reduce(unionCoverage, new Map()),
    origin: folder,
    time: new Date(statSync(folder).mtimeMs),
    source: (path) => {
      const bytes = sources.get(path)?.();
      return bytes && decodeSource(bytes);
    },
    notes: [],
  };
}

/** Whether there is anything to read: the folder that `pyca run` makes has its maps in `data/`. */
export function lineMapFolders(folder: string): string[] {
  const entries = readdirSync(folder, { withFileTypes: true });
  if (entries.some(({ name }) => LINE_MAP.test(name))) return [folder];
  return entries
    .filter((entry) => entry.isDirectory() && !SESSION.test(entry.name))
    .map(({ name }) => join(folder, name))
    .filter((path) => readdirSync(path).some((name) => LINE_MAP.test(name)));
}
