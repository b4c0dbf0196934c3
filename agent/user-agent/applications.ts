/** The applications that the user's agent serves: those that told of themselves, and processes that were forked off them. */

import { readdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { isAlive, mappers, type ProcessIdentity } from '../host/process-table.ts';
import { type ApplicationFile, readApplicationFile } from './application-file.ts';
import { readProjects } from './state-folder.ts';

export type Application = ProcessIdentity & {
  /** Of the project. */
  root: string;
  /** Where its line maps are. */
  data: string;
  /** Undefined for one that was found by its line maps alone. */
  told: ApplicationFile | undefined;
  /** When it was found to have ended, by performance.now. */
  ended: number | undefined;
};

export class Applications {
  #state: string;
  #known = new Map<string, Application>();

  constructor(state: string) {
    this.#state = state;
  }

  get all(): Application[] {
    return [...this.#known.values()];
  }

  /** Finds those that came, and notes those that ended; both are returned. */
  look(): { came: Application[]; ended: Application[] } {
    const came = this.#discover();
    const now = performance.now();
    const ended = this.all.filter((application) => application.ended === undefined && !isAlive(application));
    for (const application of ended) application.ended = now;
    return { came, ended };
  }

  /** Finds processes that nothing tells of but the line maps in their memory, as children of one that has ended. */
  lookAtMemory(): Application[] {
    const projects = readProjects(this.#state);
    const found = mappers(join(this.#state, 'projects')).flatMap(({ path, pid, start }) => {
      const data = dirname(path);
      const project = projects.find(({ folder }) => data.startsWith(`${folder}/`));
      const isKnown = this.all.some((known) => known.pid === pid && known.start === start);
      return project && !isKnown ? [{ pid, start, root: project.root, data, told: undefined, ended: undefined }] : [];
    });
    for (const application of found) this.#known.set(`${application.pid}-${application.start}`, application);
    return found;
  }

  /** Of an application that has ended nothing is left, unless `keep`: for the next agent. */
  forget(application: Application, keep = false): void {
    for (const [key, known] of this.#known) if (known === application) this.#known.delete(key);
    if (application.told && !keep) rmSync(application.told.file, { force: true });
  }

  #discover(): Application[] {
    const came: Application[] = [];
    for (const { folder, root } of readProjects(this.#state)) {
      for (const name of list(join(folder, 'applications'))) {
        const file = join(folder, 'applications', name);
        if (this.#known.has(file)) continue;
        const told = readApplicationFile(file);
        if (!told) continue;
        const { pid, start } = told;
        const application = { pid, start, root, data: join(folder, 'data', told.data), told, ended: undefined };
        this.#known.set(file, application);
        came.push(application);
      }
    }
    return came;
  }
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
