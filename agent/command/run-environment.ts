/** What `pyca run` adds to the environment of its command: as little as in a pod, and never a sink's credentials. */

import { existsSync } from 'node:fs';
import type { PreloadSource } from '../preload.ts';

export type RunSettings = {
  data: string;
  root: string;
  include?: string | undefined;
  exclude?: string | undefined;
  sessions: boolean;
};

type Additions = Record<string, string>;

/** Internal to bin/pyca. */
const OURS = ['PYCA_INHERITED'];

/**
 * Sinks, tokens and whatever else options and `.env` say stay here; what the user exported stays as it is.
 *
 * | the hook                                   | variable     | theirs   | becomes       |
 * | ------------------------------------------ | ------------ | -------- | ------------- |
 * | built for this machine, no ` ` or `:` in it | `LD_PRELOAD` | `a.so`   | `a.so:ours`   |
 * |                                            |              | has ours | as it was     |
 * | else                                       | `PYTHONPATH` | `a:b`    | `ours:a:b`    |
 */
export function commandEnvironment(
  env: NodeJS.ProcessEnv,
  preload: PreloadSource,
  settings: RunSettings,
): NodeJS.ProcessEnv {
  return { ...plainEnvironment(env), ...hook(env, preload), ...collectorSettings(settings) };
}

/** Where the command is to run as if we were not there. */
export function plainEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !OURS.includes(name)));
}

function hook(env: NodeJS.ProcessEnv, { library, python }: PreloadSource): Additions {
  // Both separate objects in LD_PRELOAD, and there is no way to quote them.
  if (/[ :]/.test(library) || !existsSync(library)) return { PYTHONPATH: joined([python], env.PYTHONPATH, 'before') };
  return { LD_PRELOAD: joined([library], env.LD_PRELOAD, 'behind'), PYCA_PYTHONPATH: python };
}

/** A sanitizer's runtime ends every program where another object comes before it, so theirs stay first in LD_PRELOAD. */
function joined(ours: string[], theirs: string | undefined, place: 'before' | 'behind'): string {
  if (!theirs) return ours.join(':');
  if (theirs.split(/[ :]/).includes(ours[0] as string)) return theirs;
  return (place === 'before' ? [...ours, theirs] : [theirs, ...ours]).join(':');
}

function collectorSettings({ data, root, include, exclude, sessions }: RunSettings): Additions {
  return {
    PYCA_DATA: data,
    PYCA_SOURCE_ROOT: root,
    ...(include && { PYCA_INCLUDE: include }),
    ...(exclude && { PYCA_EXCLUDE: exclude }),
    ...(sessions && { PYCA_SESSIONS: 'true' }),
  };
}
