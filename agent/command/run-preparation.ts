/** All that `pyca run` finds out before its command starts: settings, folders, the command's environment. */

import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseSeconds } from '../../diagnostics/environment.ts';
import { PycaError } from '../../diagnostics/errors.ts';
import { findPreload } from '../preload.ts';
import type { AgentConfig } from '../settings/config.ts';
import { lookAtProjectConfig, type OptionSettings } from '../settings/project-config.ts';
import { parseSinkAddress } from '../sink/sink-address.ts';
import { commandEnvironment } from './run-environment.ts';
import { prepareRunFolder } from './run-folder.ts';

export type RunOptions = {
  sink: string | undefined;
  interval: string | undefined;
  source: string[];
  include: string[];
  exclude: string[];
  data: string | undefined;
  append: boolean;
  sessions: boolean;
};

export type Preparation = {
  config: AgentConfig;
  root: string;
  data: string;
  environment: NodeJS.ProcessEnv;
  /** 0: any free one. */
  port: number;
  /** What the user should know. */
  notes: string[];
};

/** As texts of settings. Throws USAGE for what could not be one, before anything is run. */
export function optionSettings({ sink, interval, source, include, exclude, data }: RunOptions): OptionSettings {
  if (sink !== undefined) parseSinkAddress(sink, '--sink');
  if (interval !== undefined && !((parseSeconds(interval) ?? 0) > 0)) {
    throw new PycaError('USAGE', `--interval takes seconds above 0 (60) or a duration (1m30s); not "${interval}"`);
  }
  const folders = source.map((folder) => resolve(folder));
  // What is installed into a virtual environment below it is still not the user's own.
  const packages = folders.flatMap((folder) => [`${folder}/**/site-packages`, `${folder}/**/dist-packages`]);
  const option = (place: string, value: string | undefined) => (value ? { value, place } : undefined);
  const settings = {
    SINK: option('--sink', sink),
    FLUSH_INTERVAL: option('--interval', interval),
    INCLUDE: option('--include', [...folders, ...include].join(',')),
    EXCLUDE: option('--exclude', [...exclude, ...packages].join(',')),
    DATA: option('--data', data && resolve(data)),
  };
  return Object.fromEntries(Object.entries(settings).filter(([, setting]) => setting));
}

/** Undefined where PYCA is switched off. Throws what the file system says where there is no place for line maps. */
export function prepareRun(
  options: RunOptions,
  settings: OptionSettings,
  env: NodeJS.ProcessEnv = process.env,
): Preparation | undefined {
  const { config, root, isSet, fault } = lookAtProjectConfig(process.cwd(), env, settings);
  if (!config.enabled) return undefined;
  const folder = prepareRunFolder(root, { data: isSet('DATA') ? config.data : undefined, append: options.append });
  const sink = isSet('SINK', 'RABBITMQ_URL', 'RABBITMQ_URL_FILE')
    ? config.sink
    : { ...config.sink, url: pathToFileURL(folder.reports).href };
  const { root: sourceRoot = root, include, exclude } = config.scope;
  const sessions = options.sessions || config.sessions.enabled;
  return {
    config: { ...config, sink, sessions: { ...config.sessions, enabled: sessions } },
    root,
    data: folder.data,
    environment: commandEnvironment(env, findPreload(), {
      data: folder.data,
      root: sourceRoot,
      include,
      exclude,
      sessions,
    }),
    port: isSet('STATUS_PORT') ? config.statusPort : 0,
    notes: [...folder.notes, ...(fault ? [fault.message] : [])],
  };
}
