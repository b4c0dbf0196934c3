/** A pod's QoS class, and resources for the sidecar that leave it what it was. */

import type { V1Container, V1PodSpec, V1ResourceRequirements } from '@kubernetes/client-node';
import type { Resources } from '../api/coverage-agent.ts';

export type QualityOfService = 'Guaranteed' | 'Burstable' | 'BestEffort';

const COUNTED = ['cpu', 'memory'] as const;
const STORAGE = 'ephemeral-storage';
/** What a Guaranteed pod's sidecar gets of what the configuration leaves open. */
const FALLBACK = { cpu: '100m', memory: '128Mi' };
/** A HorizontalPodAutoscaler stands still for the whole pod where one container has no request. */
const LEAST = { cpu: '10m', memory: '64Mi' };
/** The line maps count against what a pod's containers may store, so the sidecar brings room for them. */
const STORED = '128Mi';

type Amounts = Record<string, string>;
interface Asked {
  readonly requests: Amounts;
  readonly limits: Amounts;
}

export function qualityOfService(containers: readonly V1Container[]): QualityOfService {
  const all = containers.map((container) => container.resources);
  if (all.every((resources) => !asksForAnything(resources))) return 'BestEffort';
  return all.every(isGuaranteed) ? 'Guaranteed' : 'Burstable';
}

/*
 * pod        | sidecar's cpu and memory     | because
 * -----------+------------------------------+------------------------------------------------
 * BestEffort | none                         | any would make it Burstable
 * Guaranteed | requests = limits            | anything else would make it Burstable
 * Burstable  | requests, and limits if any  | so that quotas, LimitRanges and autoscalers work
 * pod-level  | none                         | the pod's own resources decide, and are shared
 *
 * Whatever is configured, the API server must take it, or it would take no pod: an amount that it could not read is
 * left out, and a request above its limit is lowered to it.
 */
export function sidecarResources(
  spec: V1PodSpec,
  containers: readonly V1Container[],
  configured: Resources,
): V1ResourceRequirements | undefined {
  const asked = computeResources(spec, containers, configured);
  const limits = { ...storage(containers, 'limits'), ...asked.limits };
  const requests = atMost({ ...storage(containers, 'requests'), ...asked.requests }, limits);
  const both = Object.entries({ requests, limits }).filter(([, amounts]) => Object.keys(amounts).length > 0);
  return both.length > 0 ? Object.fromEntries(both) : undefined;
}

function computeResources(spec: V1PodSpec, containers: readonly V1Container[], configured: Resources): Asked {
  const [requests, limits] = [readable(configured.requests), readable(configured.limits)];
  const podDecides = spec.resources && asksForAnything(spec.resources);
  switch (podDecides ? 'BestEffort' : qualityOfService(containers)) {
    case 'BestEffort':
      return { requests: {}, limits: {} };
    case 'Guaranteed': {
      const amounts = { ...FALLBACK, ...requests, ...limits };
      return { requests: amounts, limits: amounts };
    }
    case 'Burstable':
      return { requests: { ...LEAST, ...requests }, limits };
  }
}

function storage(containers: readonly V1Container[], list: keyof Asked): Amounts {
  return containers.some(({ resources }) => isPositive(resources?.[list]?.[STORAGE])) ? { [STORAGE]: STORED } : {};
}

function readable(amounts: Resources['requests'] = {}): Amounts {
  const known: readonly string[] = [...COUNTED, STORAGE];
  const entries = Object.entries(amounts).map(([name, amount]) => [name, String(amount)] as const);
  return Object.fromEntries(entries.filter(([name, amount]) => known.includes(name) && isPositive(amount)));
}

function atMost(requests: Amounts, limits: Amounts): Amounts {
  const lowered = Object.entries(requests).map(([name, amount]) => {
    const limit = limits[name];
    return [name, limit !== undefined && parseQuantity(limit) < parseQuantity(amount) ? limit : amount];
  });
  return Object.fromEntries(lowered);
}

function asksForAnything(resources: V1ResourceRequirements | undefined): boolean {
  return COUNTED.some((name) => isPositive(resources?.requests?.[name]) || isPositive(resources?.limits?.[name]));
}

function isGuaranteed(resources: V1ResourceRequirements | undefined): boolean {
  return COUNTED.every((name) => {
    const limit = resources?.limits?.[name];
    const request = resources?.requests?.[name] ?? limit;
    return isPositive(limit) && request !== undefined && parseQuantity(request) === parseQuantity(limit as string);
  });
}

function isPositive(quantity: string | undefined): boolean {
  return quantity !== undefined && parseQuantity(quantity) > 0;
}

const SUFFIXES: Record<string, number> = {
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  '': 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
};

/** A Kubernetes quantity ("100m", "1.5Gi", "1e3") as a number; NaN where it is none. */
export function parseQuantity(quantity: string | number): number {
  const [, digits, suffix = ''] = /^([+-]?[\d.]+(?:[eE][+-]?\d+)?)([A-Za-z]*)$/.exec(String(quantity)) ?? [];
  // Rounded, so that "0.1" and "100m" are one number.
  return Number((Number(digits) * (SUFFIXES[suffix] ?? Number.NaN)).toPrecision(12));
}
