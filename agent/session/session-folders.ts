/** The containers' side of a session: control files, and a folder for each generation's line maps. */

import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Coverage } from '../../coverage/file-lines.ts';
import { DataFolder } from '../collection/data-folder.ts';
import type { PathMapping } from '../collection/source-path.ts';
import { makeFolder } from '../host/folder.ts';
import { readControl, writeControl } from './session-control.ts';

export type ContainerFolder = { name: string; folder: string };
export type ContainerCoverage = { name: string; coverage: Coverage };

export class SessionFolders {
  #containers: readonly ContainerFolder[];
  #mapping: PathMapping;

  constructor(containers: readonly ContainerFolder[], mapping: PathMapping) {
    this.#containers = containers;
    this.#mapping = mapping;
  }

  /** Makes what is missing; gives the open session that it finds. */
  prepare(): { generation: number; name: string } | undefined {
    for (const { folder } of this.#containers) openFolder(folder);
    const open = this.#containers.map(({ folder }) => readControl(folder)).find(({ generation }) => generation > 0);
    this.removeAllBut(open?.generation);
    for (const { folder } of this.#containers) {
      if (open) openFolder(sessionFolder(folder, open.generation));
      writeControl(folder, open?.generation ?? 0, open?.name);
    }
    return open;
  }

  /** Every container's folder is there, and empty, before the first application hears of it. */
  begin(generation: number, name: string): void {
    for (const { folder } of this.#containers) {
      rmSync(sessionFolder(folder, generation), { recursive: true, force: true });
      openFolder(sessionFolder(folder, generation));
    }
    for (const { folder } of this.#containers) writeControl(folder, generation, name);
  }

  end(): void {
    for (const { folder } of this.#containers) writeControl(folder, 0);
  }

  /** Gives at each call what ran in that generation until then. */
  reader(generation: number): () => ContainerCoverage[] {
    const containers = this.#containers.map(({ name, folder }) => {
      return { name, maps: new DataFolder(sessionFolder(folder, generation), this.#mapping) };
    });
    return () =>
      containers.map(({ name, maps }) => {
        maps.read();
        return { name, coverage: maps.coverage() };
      });
  }

  removeAllBut(generation: number | undefined): void {
    for (const { folder } of this.#containers) {
      const names = readdirSync(folder).filter(
        (name) => /^session-\d+$/.test(name) && name !== `session-${generation}`,
      );
      for (const name of names) rmSync(join(folder, name), { recursive: true, force: true });
    }
  }
}

function sessionFolder(folder: string, generation: number): string {
  return join(folder, `session-${generation}`);
}

/** Applications of any user write there. */
function openFolder(folder: string): void {
  const before = process.umask(0);
  try {
    makeFolder(folder);
  } finally {
    process.umask(before);
  }
}
