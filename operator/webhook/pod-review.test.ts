/**
 * Golden files: each testdata/NAME.yaml is a pod and what its workload says, testdata/golden/NAME.yaml what becomes of it.
 * After a change that is meant: UPDATE_GOLDEN=1 npx vitest run --project unit operator/webhook/pod-review
 */

import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { dumpYaml, loadYaml } from '@kubernetes/client-node';
import { describe, expect, test } from 'vitest';
import { type CoverageAgentSpec, specSchema } from '../api/coverage-agent.ts';
import type { Outcome, Pod } from '../injection/inject.ts';
import { type AgentDefaults, reviewPod } from './pod-review.ts';

const TESTDATA = join(import.meta.dirname, '..', 'testdata');
const UPDATE = process.env.UPDATE_GOLDEN === '1';
const NAMES = readdirSync(TESTDATA)
  .filter((file) => file.endsWith('.yaml'))
  .map((file) => file.replace(/\.yaml$/, ''));

const DEFAULTS: AgentDefaults = {
  image: 'pyca:1',
  pullPolicy: 'IfNotPresent',
  resources: { requests: { cpu: '10m', memory: '64Mi' }, limits: { cpu: '200m', memory: '256Mi' } },
  flushInterval: undefined,
};

interface Case {
  pod: Pod;
  workloadAnnotations?: Record<string, string>;
  coverageAgent?: CoverageAgentSpec;
}

function review({ pod, workloadAnnotations, coverageAgent }: Case): { pod: Pod; outcome: Outcome } | undefined {
  const spec = coverageAgent && specSchema.parse(coverageAgent);
  return reviewPod(pod, DEFAULTS, () => ({
    workloadAnnotations,
    coverageAgent: spec && {
      namespace: 'shop',
      name: 'x',
      uid: 'u',
      generation: 1,
      created: '2025-01-01T00:00:00Z',
      managed: false,
      spec,
      status: {},
    },
  }));
}

const read = (path: string) => loadYaml<Case>(readFileSync(path, 'utf8'));

describe.each(NAMES)('%s', (name) => {
  const input = read(join(TESTDATA, `${name}.yaml`));
  const golden = join(TESTDATA, 'golden', `${name}.yaml`);
  const reviewed = review(input);

  test('becomes what its golden file says', () => {
    const text = dumpYaml(reviewed ?? { outcome: 'left alone' }, { noRefs: true, lineWidth: 120 });
    if (UPDATE) {
      mkdirSync(join(TESTDATA, 'golden'), { recursive: true });
      writeFileSync(golden, text);
    }
    expect(text).toBe(readFileSync(golden, 'utf8'));
  });

  test('is the same after a second review', () => {
    const again = reviewed && review({ ...input, pod: reviewed.pod });
    expect(again).toEqual(reviewed);
  });

  test('was not touched in place', () => {
    expect(input).toEqual(read(join(TESTDATA, `${name}.yaml`)));
  });
});
