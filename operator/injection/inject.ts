/** Pod in, pod out: the agent as the first native sidecar, and its traces in the app containers. */

import type { V1Container, V1PodSpec, V1Volume } from '@kubernetes/client-node';
import {
  BROKER_KEY,
  BROKER_VOLUME,
  DATA_VOLUME,
  PRELOAD_VOLUME,
  REASON,
  SAFE_TO_EVICT_VOLUMES,
  SESSION_TOKEN_KEY,
  SIDECAR,
  STATUS,
} from '../api/names.ts';
import { coverContainer, uncoverable } from './app-container.ts';
import { selectContainers } from './container-selection.ts';
import type { Injection } from './injection.ts';
import { printReasons, type Reason, reason } from './reasons.ts';
import { sidecarContainer } from './sidecar.ts';

export interface Pod {
  metadata?: { labels?: Record<string, string>; annotations?: Record<string, string>; [field: string]: unknown };
  spec: V1PodSpec;
  [field: string]: unknown;
}

export interface Outcome {
  readonly status: 'injected' | 'partial' | 'skipped';
  readonly reasons: readonly Reason[];
}

/*
 * reasons against the pod | containers covered | containers left out with a reason | status
 * ------------------------+--------------------+-----------------------------------+---------
 * some                    |                    |                                   | skipped
 * none                    | none               | any                               | skipped
 * none                    | some               | some                              | partial
 * none                    | some               | none                              | injected
 *
 * A skipped pod is as it was, but for the two annotations and the label that say so. Whatever the webhook put into the
 * pod before is replaced and never doubled: inject(inject(pod)) = inject(pod).
 */
export function inject(pod: Pod, injection: Injection): { pod: Pod; outcome: Outcome } {
  const against = podReasons(pod.spec);
  if (against.length > 0) return skip(pod, against);

  const { selected, unknown } = selectContainers(pod.spec.containers, injection.settings.containers);
  const faults = new Map(selected.map((container) => [container.name, uncoverable(container, injection.settings)]));
  const covered = selected.filter((container) => !faults.get(container.name)).map((container) => container.name);
  const leftOut = [...unknown, ...[...faults.values()].filter((fault) => fault !== undefined)];
  if (covered.length === 0) return skip(pod, leftOut.length > 0 ? leftOut : [reason('no-container')]);

  const outcome: Outcome = { status: leftOut.length > 0 ? 'partial' : 'injected', reasons: leftOut };
  return { pod: marked({ ...pod, spec: injectedSpec(pod.spec, covered, injection) }, outcome), outcome };
}

/** The pod as it was, marked with why. */
export function skip(pod: Pod, reasons: readonly Reason[]): { pod: Pod; outcome: Outcome } {
  const outcome: Outcome = { status: 'skipped', reasons };
  return { pod: marked(pod, outcome), outcome };
}

function podReasons(spec: V1PodSpec): Reason[] {
  if (spec.os?.name === 'windows' || spec.nodeSelector?.['kubernetes.io/os'] === 'windows') return [reason('windows')];
  if (spec.hostNetwork) return [reason('host-network')];
  const volume = (spec.volumes ?? []).find((candidate) => isOurName(candidate.name) && !isOurs(candidate));
  if (volume) return [reason('name-taken', 'volume', volume.name)];
  const theirs = [...(spec.initContainers ?? []).filter((container) => !isSidecar(container)), ...spec.containers];
  return theirs.some(({ name }) => name === SIDECAR) ? [reason('name-taken', 'container', SIDECAR)] : [];
}

function injectedSpec(spec: V1PodSpec, covered: readonly string[], injection: Injection): V1PodSpec {
  const others = (spec.initContainers ?? []).filter((container) => !isSidecar(container));
  const theirs: V1Container[] = [...others, ...spec.containers];
  return {
    ...spec,
    containers: spec.containers.map((container) =>
      covered.includes(container.name) ? coverContainer(container, injection.settings) : container,
    ),
    initContainers: [sidecarContainer(spec, theirs, covered, injection), ...others],
    volumes: withVolumes(spec.volumes ?? [], injection),
  };
}

function withVolumes(volumes: readonly V1Volume[], { broker, settings }: Injection): V1Volume[] {
  // Of an optional Secret, keys that are not there are left out.
  const keys = settings.sessions ? [BROKER_KEY, SESSION_TOKEN_KEY] : [BROKER_KEY];
  const ours: V1Volume[] = [
    { name: PRELOAD_VOLUME, emptyDir: {} },
    { name: DATA_VOLUME, emptyDir: {} },
    {
      name: BROKER_VOLUME,
      secret: { secretName: broker.secret, optional: true, items: keys.map((key) => ({ key, path: key })) },
    },
  ];
  return [...volumes.filter((volume) => !isOurName(volume.name)), ...ours];
}

/** An earlier run's. */
function isSidecar({ name, restartPolicy }: V1Container): boolean {
  return name === SIDECAR && restartPolicy === 'Always';
}

function isOurName(name: string): boolean {
  return [PRELOAD_VOLUME, DATA_VOLUME, BROKER_VOLUME].includes(name);
}

/** An earlier run's volume, perhaps with the defaults that the API server fills in. */
function isOurs(volume: V1Volume): boolean {
  return volume.name === BROKER_VOLUME ? volume.secret?.optional === true : volume.emptyDir !== undefined;
}

function marked(pod: Pod, outcome: Outcome): Pod {
  const { [REASON]: _, ...annotations } = pod.metadata?.annotations ?? {};
  annotations[STATUS] = outcome.status;
  if (outcome.reasons.length > 0) annotations[REASON] = printReasons(outcome.reasons);
  if (outcome.status !== 'skipped') {
    annotations[SAFE_TO_EVICT_VOLUMES] = withNames(annotations[SAFE_TO_EVICT_VOLUMES], [PRELOAD_VOLUME, DATA_VOLUME]);
  }
  const labels = { ...pod.metadata?.labels, [STATUS]: outcome.status };
  return { ...pod, metadata: { ...pod.metadata, labels, annotations } };
}

function withNames(list: string | undefined, names: readonly string[]): string {
  const present = (list ?? '')
    .split(',')
    .map((name) => name.trim())
    .filter(Boolean);
  return [...new Set([...present, ...names])].join(',');
}
