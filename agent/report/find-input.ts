/** Finds what a report is to be made of, and reads it. */

import { existsSync, lstatSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { PycaError } from '../../diagnostics/errors.ts';
import type { PathMapping } from '../collection/source-path.ts';
import { readProjectConfig } from '../settings/project-config.ts';
import { findProject } from '../user-agent/state-folder.ts';
import { lineMapFolders, readLineMaps } from './line-map-input.ts';
import type { ReportInput } from './report-input.ts';
import { readReportLog } from './report-log.ts';
import { decodeSource } from './source-text.ts';

export type Wanted = { path?: string | undefined; commit?: string | undefined; repo?: string | undefined };

const MAX_SOURCE = 32 * 1024 * 1024;

/** Without a path: what `pyca run` left in this project, else what `pyca install` collected of it. Throws COVERAGE_NONE. */
export async function readInput(wanted: Wanted, warn: (text: string) => void): Promise<ReportInput> {
  const { config, root, isSet } = readProjectConfig();
  const base = realpathSync(root);
  const path = wanted.path ?? findData(root, isSet('DATA') ? config.data : undefined);
  if (path === undefined) throw new PycaError('COVERAGE_NONE', `nothing has been collected in ${root} yet`);
  if (path !== '-' && !existsSync(path)) throw new PycaError('COVERAGE_NONE', `${path} is not there`);
  const input =
    path !== '-' && statSync(path).isDirectory()
      ? readFolder(path, mappingOf(base, config.pathMapping), warn)
      : withWorkingTree(await readReportLog(path, wanted, warn), base);
  if (input.coverage.size === 0) throw new PycaError('COVERAGE_NONE', `${shown(path)} holds no coverage`);
  return { ...input, origin: input.origin.replace(path, () => shown(path)), root: base };
}

function readFolder(path: string, mapping: PathMapping, warn: (text: string) => void): ReportInput {
  const data = [path, join(path, 'data')].find((folder) => existsSync(folder) && lineMapFolders(folder).length > 0);
  return readLineMaps(data ?? path, mapping, warn);
}

function findData(root: string, configured: string | undefined): string | undefined {
  const collected = join(root, '.pyca/data');
  const places = [
    configured,
    existsSync(collected) && lineMapFolders(collected).length > 0 ? collected : undefined,
    join(root, '.pyca/reports.ndjson'),
    findProject(process.cwd())?.data,
  ];
  return places.find((place) => place !== undefined && existsSync(place));
}

/** Files are called as in the repository, wherever in it the application was started. */
function mappingOf(root: string, mapping: PathMapping): PathMapping {
  return mapping.length > 0 ? mapping : [{ from: root, to: '' }];
}

/**
 * Reports carry no source: what stands there now may do, if nothing else. The name comes from anyone: it may not lead out, nor
 * to a `.env`.
 */
function withWorkingTree(input: ReportInput, root: string): ReportInput {
  const source = (path: string) => {
    try {
      const file = realpathSync(join(root, path));
      if (!file.endsWith('.py')) return undefined;
      const isInside = file.startsWith(root === sep ? root : `${root}${sep}`);
      const { size } = lstatSync(file);
      if (!isInside || !lstatSync(file).isFile() || size > MAX_SOURCE) return undefined;
      return decodeSource(readFileSync(file));
    } catch {
      return undefined;
    }
  };
  return { ...input, source };
}

/** As people write it: from where they are, unless that leads far away. */
function shown(path: string): string {
  if (path === '-') return 'stdin';
  const short = relative(process.cwd(), path) || '.';
  return short.startsWith(`..${sep}..`) ? path : short;
}
