/** A pod's QoS class, and resources for the sidecar that leave it what it was. */

import type { V1Container, V1PodSpec, V1ResourceRequirements } from '@kubernetes/client-node';
import type { Resources } from '../api/coverage-agent.ts';

export type QualityOfService = 'Guaranteed' | 'Burstable' | 'BestEffort';

const COUNTED = ['cpu', 'memory'] as const;
/** What a Guaranteed pod's sidecar gets of what the configuration leaves open. */
const FALLBACK = { cpu: '100m', memory: '128Mi' };

export function qualityOfService(containers: readonly V1Container[]): QualityOfService {
  const all = containers.map((container) => container.resources);
  if (all.every((resources) => !asksForAnything(resources))) return 'BestEffort';
  return all.every(isGuaranteed) ? 'Guaranteed' : 'Burstable';
}

/*
 * pod        | sidecar                      | because
 * -----------+------------------------------+------------------------------------------------
 * BestEffort | none                         | any would make it Burstable
 * Guaranteed | requests = limits            | anything else would make it Burstable
 * Burstable  | requests and limits          | so that quotas and LimitRanges admit it
 * pod-level  | none                         | the pod's own resources decide, and are shared
 */
export function sidecarResources(
  spec: V1PodSpec,
  containers: readonly V1Container[],
  configured: Resources,
): V1ResourceRequirements | undefined {
  if (spec.resources && asksForAnything(spec.resources)) return undefined;
  switch (qualityOfService(containers)) {
    case 'BestEffort':
      return undefined;
    case 'Guaranteed': {
      const amounts = asStrings({ ...FALLBACK, ...configured.requests, ...configured.limits });
      return { requests: amounts, limits: amounts };
    }
    case 'Burstable':
      return {
        ...(configured.requests ? { requests: asStrings(configured.requests) } : {}),
        ...(configured.limits ? { limits: asStrings(configured.limits) } : {}),
      };
  }
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

function asStrings(amounts: Record<string, string | number>): Record<string, string> {
  return Object.fromEntries(Object.entries(amounts).map(([name, amount]) => [name, String(amount)]));
}
