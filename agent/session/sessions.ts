/**
 * Sessions: which lines run between a start and a stop, in processes that never restart. The total goes on meanwhile.
 * One is open at a time, and spans all containers; an agent that starts anew goes on with the one that it finds open.
 */

import { type Coverage, countLines } from '../../coverage/file-lines.ts';
import { fingerprint } from '../../coverage/fingerprint.ts';
import { parseRaw, printRaw } from '../../coverage/raw-text.ts';
import { unionCoverage } from '../../coverage/union.ts';
import { describeError, PycaError } from '../../diagnostics/errors.ts';
import type { PathMapping } from '../collection/source-path.ts';
import { GENERATIONS } from './session-control.ts';
import { type ContainerCoverage, type ContainerFolder, SessionFolders } from './session-folders.ts';
import { SESSION_NAME, type SessionRecord, SessionRecords } from './session-record.ts';

/** An application that was quiet may still write to a session that is over. */
const GRACE = 60_000;

/** `stopped` is null while it is open; `reported` says that all of it was published. */
export type SessionSummary = Omit<SessionRecord, 'v' | 'generation' | 'containers'> & { reported: boolean };
export type SessionReport = { session: string; container: string; raw: string };

type OpenSession = { record: SessionRecord; read: () => ContainerCoverage[] };

export class Sessions {
  #folders: SessionFolders;
  #records: SessionRecords;
  #open: OpenSession | undefined;
  #prepared = false;
  #lastGeneration = 0;
  /** Names of stopped sessions of which not all is published yet. */
  #unreported = new Set<string>();

  /** `data` is the agent's own folder, where it keeps the records; each container has one for its maps. */
  constructor(data: string, containers: readonly ContainerFolder[], mapping: PathMapping = []) {
    this.#folders = new SessionFolders(containers, mapping);
    this.#records = new SessionRecords(data);
  }

  /** Best before applications start, which look for the control file when they do. Throws DATA_UNREADABLE. */
  prepare(): void {
    this.#attempt(() => {
      const found = this.#folders.prepare();
      const records = this.#records.all();
      this.#lastGeneration = found?.generation ?? records.at(-1)?.generation ?? 0;
      for (const record of records) {
        if (record.stopped !== null && !isReported(record)) this.#unreported.add(record.name);
        if (record.stopped === null && record.generation !== found?.generation) this.#records.remove(record.name);
      }
      if (found) this.#resume(found.name, found.generation);
      this.#prepared = true;
    });
  }

  /** Throws SESSION_NAME, SESSION_OPEN, DATA_UNREADABLE. */
  start(name: string): SessionSummary {
    if (!SESSION_NAME.test(name)) {
      throw new PycaError(
        'SESSION_NAME',
        `"${name}" is not a name: at most 50 letters, digits, . _ -, no such sign first`,
      );
    }
    if (!this.#prepared) this.prepare();
    if (this.#open) throw new PycaError('SESSION_OPEN', `the session "${this.#open.record.name}" is open`);
    const generation = (this.#lastGeneration % GENERATIONS) + 1;
    const record = newRecord(name, generation);
    this.#lastGeneration = generation;
    try {
      this.#records.put(record);
      this.#folders.begin(generation, name);
    } catch (error) {
      this.#takeBack(name);
      throw unreadable(error);
    }
    this.#unreported.delete(name);
    this.#open = { record, read: this.#folders.reader(generation) };
    return this.#summary(record);
  }

  /** Throws SESSION_UNKNOWN, and DATA_UNREADABLE: then it is still open. */
  stop(name: string): SessionSummary {
    const open = this.#open;
    if (open?.record.name !== name) throw new PycaError('SESSION_UNKNOWN', `no session "${name}" is open`);
    const parts = open.read();
    const record: SessionRecord = {
      ...open.record,
      stopped: new Date().toISOString(),
      ...totals(parts),
      containers: parts.map(({ name: container, coverage }) => {
        return { name: container, raw: printRaw(coverage), reported: countLines(coverage).covered === 0 };
      }),
    };
    this.#attempt(() => {
      this.#records.put(record);
      this.#folders.end();
    });
    this.#open = undefined;
    if (!isReported(record)) this.#unreported.add(name);
    setTimeout(() => this.#cleanUp(), GRACE).unref();
    return this.#summary(record);
  }

  stopOpen(): void {
    if (this.#open) this.stop(this.#open.record.name);
  }

  /** The oldest first. */
  list(): SessionSummary[] {
    return this.#records.all().map((record) => this.#summary(record));
  }

  /** Of an open session what ran until now. Throws SESSION_UNKNOWN. */
  show(name: string): SessionSummary {
    return this.#summary(this.#record(name));
  }

  /** Of all containers, or the named one's. Throws SESSION_UNKNOWN. */
  coverage(name: string, container?: string): Coverage {
    const record = this.#record(name);
    const parts = this.#isOpen(record)
      ? this.#live()
      : record.containers.map((part) => ({ name: part.name, coverage: parseRaw(part.raw) }));
    return union(parts.filter((part) => container === undefined || part.name === container));
  }

  /** What has still to be published of stopped sessions. */
  unreported(): SessionReport[] {
    return [...this.#unreported].flatMap((session) => {
      const parts = this.#records.get(session)?.containers ?? [];
      return parts.flatMap(({ name, raw, reported }) => (reported ? [] : { session, container: name, raw }));
    });
  }

  markReported({ session, container, raw }: SessionReport): void {
    const record = this.#records.get(session);
    // Another one of the same name may have begun meanwhile.
    const part = record?.containers.find((candidate) => candidate.name === container && candidate.raw === raw);
    if (!record || !part) return;
    part.reported = true;
    this.#records.put(record);
    if (isReported(record)) this.#unreported.delete(session);
  }

  #resume(name: string, generation: number): void {
    const known = this.#records.get(name);
    const record = known?.generation === generation && known.stopped === null ? known : newRecord(name, generation);
    if (!SESSION_NAME.test(name)) {
      this.#folders.end();
      return;
    }
    this.#records.put(record);
    this.#open = { record, read: this.#folders.reader(generation) };
  }

  /** Some of the containers may have heard of it. */
  #takeBack(name: string): void {
    try {
      this.#records.remove(name);
      this.#folders.end();
    } catch {}
  }

  #record(name: string): SessionRecord {
    const record = this.#records.get(name);
    if (!record) throw new PycaError('SESSION_UNKNOWN', `there is no session "${name}"`);
    return record;
  }

  #summary(record: SessionRecord): SessionSummary {
    const { name, started, stopped, files, lines, fingerprint } = record;
    const now = this.#isOpen(record) ? totals(this.#live()) : { files, lines, fingerprint };
    return { name, started, stopped, ...now, reported: isReported(record) };
  }

  #isOpen({ name }: SessionRecord): boolean {
    return this.#open?.record.name === name;
  }

  #live(): ContainerCoverage[] {
    return this.#open?.read() ?? [];
  }

  #cleanUp(): void {
    try {
      this.#folders.removeAllBut(this.#open?.record.generation);
    } catch {} // The next session's start takes them away, or the agent's.
  }

  #attempt(work: () => void): void {
    try {
      work();
    } catch (error) {
      throw unreadable(error);
    }
  }
}

function unreadable(error: unknown): PycaError {
  return new PycaError('DATA_UNREADABLE', describeError(error).message, { cause: error });
}

function newRecord(name: string, generation: number): SessionRecord {
  const started = new Date().toISOString();
  return { v: 1, name, generation, started, stopped: null, ...totals([]), containers: [] };
}

function isReported({ stopped, containers }: SessionRecord): boolean {
  return stopped !== null && containers.every(({ reported }) => reported);
}

function union(parts: readonly ContainerCoverage[]): Coverage {
  return parts.map(({ coverage }) => coverage).reduce(unionCoverage, new Map());
}

function totals(parts: readonly ContainerCoverage[]): Pick<SessionRecord, 'files' | 'lines' | 'fingerprint'> {
  const coverage = union(parts);
  return { files: coverage.size, lines: countLines(coverage), fingerprint: fingerprint(coverage) };
}
