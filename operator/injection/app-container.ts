/** What injection adds to an app container: two mounts and a few variables. Never the broker's credentials. */

import type { V1Container, V1EnvVar, V1VolumeMount } from '@kubernetes/client-node';
import { DATA_PATH, DATA_VOLUME, PRELOAD_PATH, PRELOAD_VOLUME, ROOT } from '../api/names.ts';
import type { Settings } from '../api/settings.ts';
import { type Reason, reason } from './reasons.ts';

const PYTHON_PRELOAD = `${PRELOAD_PATH}/python`;
type Hook = { variable: string; value: string; join: (ours: string, theirs: string[]) => string[] };
const HOOKS: Record<Settings['hook'], Hook> = {
  // A sanitizer's runtime ends every program where another object comes before it, so theirs stay first.
  env: { variable: 'LD_PRELOAD', value: `${PRELOAD_PATH}/pyca-env.so`, join: (ours, theirs) => [...theirs, ours] },
  pythonpath: { variable: 'PYTHONPATH', value: PYTHON_PRELOAD, join: (ours, theirs) => [ours, ...theirs] },
};

/** Why this container cannot be covered; undefined where it can. */
export function uncoverable(container: V1Container, settings: Settings): Reason | undefined {
  const theirs = (container.volumeMounts ?? []).filter((mount) => !isOurs(mount));
  if (theirs.some(({ mountPath }) => mountPath === ROOT || mountPath.startsWith(`${ROOT}/`))) {
    return reason('mount-path-taken', container.name);
  }
  const { variable } = HOOKS[settings.hook];
  const present = container.env?.findLast(({ name }) => name === variable);
  return present?.valueFrom ? reason('value-from', container.name, variable) : undefined;
}

export function coverContainer(container: V1Container, settings: Settings): V1Container {
  const { variable, value, join } = HOOKS[settings.hook];
  const present = container.env?.findLast(({ name }) => name === variable)?.value;
  const additions: [string, string | undefined][] = [
    [variable, joined(value, present, join)],
    ['PYCA_PYTHONPATH', settings.hook === 'env' ? PYTHON_PRELOAD : undefined],
    ['PYCA_DATA', DATA_PATH],
    ['PYCA_SOURCE_ROOT', settings.sourceRoot],
    ['PYCA_INCLUDE', settings.include.join(',') || undefined],
    ['PYCA_EXCLUDE', settings.exclude.join(',') || undefined],
    ['PYCA_SESSIONS', settings.sessions ? 'true' : undefined],
  ];
  return {
    ...container,
    env: additions.reduce(withVariable, container.env ?? []),
    volumeMounts: [
      ...(container.volumeMounts ?? []).filter((mount) => !isOurs(mount)),
      { name: PRELOAD_VOLUME, mountPath: PRELOAD_PATH, readOnly: true },
      { name: DATA_VOLUME, mountPath: DATA_PATH, subPath: container.name },
    ],
  };
}

function isOurs(mount: V1VolumeMount): boolean {
  return (
    (mount.name === PRELOAD_VOLUME && mount.mountPath === PRELOAD_PATH) ||
    (mount.name === DATA_VOLUME && mount.mountPath === DATA_PATH)
  );
}

/** Both LD_PRELOAD and PYTHONPATH are lists apart by colons. */
function joined(ours: string, theirs: string | undefined, join: Hook['join']): string {
  if (!theirs) return ours;
  return theirs.split(':').includes(ours) ? theirs : join(ours, [theirs]).join(':');
}

/** In its place where the variable is there (`$(NAME)` may refer to earlier ones), else last. */
function withVariable(env: readonly V1EnvVar[], [name, value]: [string, string | undefined]): V1EnvVar[] {
  if (value === undefined) return [...env];
  const index = env.findLastIndex((variable) => variable.name === name);
  return index < 0 ? [...env, { name, value }] : env.with(index, { name, value });
}
