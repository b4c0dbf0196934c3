/** What `pyca status` finds out. */

import { statSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describeError, PycaError } from '../../diagnostics/errors.ts';
import { version } from '../../diagnostics/version.ts';
import { FingerprintFile } from '../collection/fingerprint-file.ts';
import { findPythonHooks, type PythonHooks } from '../installation/python-hooks.ts';
import { findRepository, type RepositoryFacts } from '../repository/repository.ts';
import { lookAtProjectConfig, type ProjectConfig, type Setting } from '../settings/project-config.ts';
import { FileSink } from '../sink/file-sink.ts';
import type { Sink } from '../sink/sink.ts';
import { createSink } from '../sink/sink-factory.ts';
import { readAgentFile } from '../status/agent-file.ts';
import { findProject, type ProjectRecord, readAgentRecord, stateFolder } from '../user-agent/state-folder.ts';

export type Problem = { code: string; message: string; remedy: string };

export type StatusFacts = {
  version: string;
  enabled: boolean;
  pythons: PythonHooks[];
  /** The user's agent, and that of a `pyca run` in this project. */
  agents: { kind: 'user' | 'run'; pid: number; started: string | null; projects: number | null }[];
  project: { root: string } & Omit<RepositoryFacts, 'root'>;
  /** `reachable` is null where nobody has tried. */
  sink: { address: string; reachable: boolean | null };
  lastReport: { time: string | null; fingerprint: string | null; lines: ProjectRecord['lines'] | null };
  settings: Setting[];
  /** What is wrong: the command fails. */
  problems: Problem[];
  /** What is not as it could be. */
  notes: Problem[];
};

export type StatusOptions = { folder: string; env: NodeJS.ProcessEnv; offline: boolean };

/** In ms. */
const PATIENCE = 3_000;
/** Reports are not quite what they could be without, but they are right. */
const BEARABLE = new Set(['GIT_MISSING', 'REPO_ID_UNKNOWN']);

export async function findStatus({ folder, env, offline }: StatusOptions): Promise<StatusFacts> {
  const project = lookAtProjectConfig(folder, env);
  const { config, root, settings, fault } = project;
  const [repository, pythons] = await Promise.all([
    findRepository({ ...config, github: offline ? null : config.github }, folder, env),
    findPythonHooks(env),
  ]);
  const sink = sinkOf(project, pythons);
  const [reachable] = await Promise.all([offline ? null : tryOut(sink), repository.complete()]);
  const agent = readAgentRecord(stateFolder(env));
  // The hook's project may be a part of the repository.
  const collected = findProject(folder, stateFolder(env))?.root ?? repository.root ?? root;
  const record = agent?.projects.find((one) => one.root === collected);
  const { root: _, fault: gitFault, complete: __, ...facts } = repository;
  const errors = [fault, reachable instanceof Error ? reachable : null, gitFault, record?.lastError ?? null];
  const found = errors.filter((error) => error !== null).map(asProblem);
  return {
    version,
    enabled: config.enabled,
    pythons,
    agents: [
      ...(agent?.running
        ? [{ kind: 'user' as const, pid: agent.pid, started: agent.started, projects: agent.projects.length }]
        : []),
      ...runAgent(project),
    ],
    project: { root: repository.root ?? root, ...facts },
    sink: { address: sink.address, reachable: reachable === null ? null : reachable === true },
    lastReport: {
      time: record?.lastReportTime ?? timeOf(sink),
      fingerprint:
        record?.fingerprint ?? new FingerprintFile({ repository, folder: repository.root ?? root, sink, env }).recall(),
      lines: record?.lines ?? null,
    },
    settings,
    problems: found.filter(({ code }) => !BEARABLE.has(code)),
    notes: found.filter(({ code }) => BEARABLE.has(code)),
  };
}

/** Where nothing names one: hooks publish to the broker that is the default, `pyca run` to a file of the project. */
function sinkOf({ config, root, isSet }: ProjectConfig, pythons: PythonHooks[]): Sink {
  const toFile = !isSet('SINK', 'RABBITMQ_URL', 'RABBITMQ_URL_FILE') && pythons.every(({ folder }) => folder === null);
  const url = toFile ? pathToFileURL(join(root, '.pyca/reports.ndjson')).href : config.sink.url;
  return createSink({ ...config.sink, url }, 'pyca status');
}

async function tryOut(sink: Sink): Promise<true | Error> {
  try {
    await sink.check(PATIENCE);
    return true;
  } catch (error) {
    return error as Error;
  }
}

function runAgent({ config, root, isSet }: ProjectConfig): StatusFacts['agents'] {
  const data = isSet('DATA') ? config.data : join(root, '.pyca/data');
  const agent = readAgentFile(data);
  return agent ? [{ kind: 'run', pid: agent.pid, started: null, projects: null }] : [];
}

function timeOf(sink: Sink): string | null {
  if (!(sink instanceof FileSink)) return null;
  return statSync(sink.path, { throwIfNoEntry: false })?.mtime.toISOString() ?? null;
}

function asProblem(error: Error | Problem): Problem {
  if (!(error instanceof Error)) return { code: error.code, message: error.message, remedy: error.remedy };
  const { code, message, remedy = '' } = describeError(error);
  return { code: error instanceof PycaError ? error.code : code, message, remedy };
}
