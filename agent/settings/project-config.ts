/**
 * The settings where there is no pod: command line, environment, then the project's `.env`; and where each of them stands.
 * Somebody sits before it, so a wrong one is an error.
 */

import { dirname, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Found, findInEnvironment, settingNames } from '../../diagnostics/environment.ts';
import { PycaError } from '../../diagnostics/errors.ts';
import { parseSinkAddress } from '../sink/sink-address.ts';
import { type AgentConfig, agentSchema, readForgivingly, type SettingKey } from './config.ts';
import { type DotEnv, findProjectRoot, readDotEnv } from './dot-env.ts';

export type Origin = 'option' | 'environment' | '.env' | 'default';

export type Setting = {
  name: `PYCA_${SettingKey}`;
  /** For people: secrets are masked; "" where there is none. */
  value: string;
  origin: Origin;
  /** In words: `--sink`, `PCA_REPO`, `/home/me/shop/.env, line 3`. */
  place: string;
};

export type ProjectConfig = {
  config: AgentConfig;
  /** Each, in the order of the reference. */
  settings: Setting[];
  /** The repository's root, as its folders tell, else the working directory. */
  root: string;
  /** Whether anything but a default says one of these. */
  isSet: (...keys: SettingKey[]) => boolean;
  fault: PycaError | null;
};

/** Texts of a command's own options, which come before all else: `{ SINK: { value, place: '--sink' } }`. */
export type OptionSettings = Partial<Record<SettingKey, Found>>;

/** Throws CONFIG_INVALID, naming each wrong setting and where it stands. */
export function readProjectConfig(
  folder: string = process.cwd(),
  env: NodeJS.ProcessEnv = process.env,
  options: OptionSettings = {},
): ProjectConfig {
  const project = lookAtProjectConfig(folder, env, options);
  if (project.fault) throw project.fault;
  return project;
}

/** As `readProjectConfig`, with what is wrong as `fault` and defaults in its stead. */
export function lookAtProjectConfig(
  folder: string = process.cwd(),
  env: NodeJS.ProcessEnv = process.env,
  options: OptionSettings = {},
): ProjectConfig {
  let dotEnv: DotEnv | null = null;
  let unreadable: PycaError | null = null;
  try {
    dotEnv = readDotEnv(folder);
  } catch (error) {
    unreadable = error as PycaError;
  }
  const places = { options, env: withoutSharedToken({ options, env, dotEnv }), dotEnv };
  const find = (key: string) => findSetting(key as SettingKey, places);
  const { fault, ...config } = readForgivingly(find, folder);
  const settings = (Object.keys(agentSchema.shape) as SettingKey[]).map((key) => describeSetting(key, places));
  const wrong = [unreadable, fault].filter((error) => error !== null).map(({ message }) => message);
  return {
    config,
    settings,
    root: findProjectRoot(folder) ?? resolve(folder),
    isSet: (...keys) => keys.some(find),
    fault: wrong.length > 0 ? new PycaError('CONFIG_INVALID', wrong.join('; ')) : null,
  };
}

type Places = { options: OptionSettings; env: NodeJS.ProcessEnv; dotEnv: DotEnv | null };

/**
 * | environment          | `.env`     | what counts                            |
 * | -------------------- | ---------- | -------------------------------------- |
 * | `PYCA_X=a`           | any        | a                                      |
 * | `PCA_X=a` (older)    | any        | a: what is there is never written over |
 * | `PYCA_X=` (empty)    | any        | the default: it says "not the file's"  |
 * | neither              | `PYCA_X=b` | b                                      |
 */
function findSetting(key: SettingKey, { options, env, dotEnv }: Places): Found | undefined {
  const found = options[key] ?? findInEnvironment(key, env);
  if (found || !dotEnv || settingNames(key).some((name) => env[name] !== undefined)) return found;
  const inFile = findInEnvironment(key, dotEnv.values);
  if (!inFile) return undefined;
  const { file, lineOf } = dotEnv;
  const value = belowFolder(key, inFile.value, dirname(file));
  return { value, place: `${inFile.place} (${file}, line ${lineOf(inFile.place)})` };
}

/** A project that was cloned may name any host in its `.env`: the token that all tools share is not for that one. */
function withoutSharedToken(places: Places): NodeJS.ProcessEnv {
  const { options, env } = places;
  const isOfFile = !options.GITHUB_API_URL && !findInEnvironment('GITHUB_API_URL', env);
  return isOfFile && findSetting('GITHUB_API_URL', places) ? { ...env, GITHUB_TOKEN: undefined } : env;
}

const PATHS = new Set<SettingKey>([
  'PRELOAD',
  'DATA',
  'SOURCE_ROOT',
  'SINK_TOKEN_FILE',
  'RABBITMQ_URL_FILE',
  'SESSION_TOKEN_FILE',
]);

/** A path in the file starts where the file stands, wherever one works. */
function belowFolder(key: SettingKey, value: string, folder: string): string {
  if (PATHS.has(key)) return resolve(folder, value);
  if (key !== 'SINK' || !/^file:/i.test(value)) return value;
  try {
    const address = parseSinkAddress(value, key, folder);
    return address.kind === 'file' ? pathToFileURL(address.path).href : value;
  } catch {
    return value;
  }
}

const DEFAULTS = agentSchema.parse({}) as Record<SettingKey, unknown>;

function describeSetting(key: SettingKey, { options, env, dotEnv }: Places): Setting {
  const found = findSetting(key, { options, env, dotEnv });
  const name = `PYCA_${key}` as const;
  if (!found) return { name, value: shown(key, String(DEFAULTS[key] ?? '')), origin: 'default', place: 'default' };
  const origin = options[key] ? 'option' : findInEnvironment(key, env) ? 'environment' : '.env';
  return { name, value: shown(key, found.value), origin, place: found.place };
}

/** An address may bear a password, with blanks and quotes in it too, and a sink's a key behind its `?`. */
function shown(key: SettingKey, value: string): string {
  if (key.endsWith('_TOKEN')) return value && '***';
  return value.replace(/^(\s*[a-z][a-z0-9+.-]*:\/\/).*@/is, '$1***@').replace(key === 'SINK' ? /\?.*$/s : /$/, '');
}
