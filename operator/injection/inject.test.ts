import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { resolveSettings } from '../api/settings.ts';
import { inject, type Pod } from './inject.ts';
import type { Injection } from './injection.ts';
import { parseQuantity, qualityOfService } from './quality-of-service.ts';

const name = fc.constantFrom('app', 'worker', 'redis', 'istio-proxy', 'pyca-agent');
const amount = fc.constantFrom('100m', '0.1', '1', '128Mi');
const amounts = fc.record({ cpu: amount, memory: amount }, { requiredKeys: [] });
const variable = fc.oneof(
  fc.record({
    name: fc.constantFrom('LD_PRELOAD', 'PYTHONPATH', 'PYCA_DATA', 'HOME'),
    value: fc.constantFrom('', '/a', '/a:/b', '/pyca/preload/pyca-env.so', '$(HOME)/x.so'),
  }),
  fc.record({ name: fc.constant('LD_PRELOAD'), valueFrom: fc.constant({ fieldRef: { fieldPath: 'metadata.name' } }) }),
);
const container = fc.record(
  {
    name,
    image: fc.constant('x:1'),
    env: fc.array(variable, { maxLength: 3 }),
    ports: fc.array(fc.record({ containerPort: fc.integer({ min: 9176, max: 9179 }) }), { maxLength: 3 }),
    resources: fc.record({ requests: amounts, limits: amounts }, { requiredKeys: [] }),
    volumeMounts: fc.array(
      fc.record({
        name: fc.constantFrom('v', 'pyca-data'),
        mountPath: fc.constantFrom('/v', '/pyca', '/pyca/data', '/pycat'),
      }),
      { maxLength: 2 },
    ),
  },
  { requiredKeys: ['name', 'image'] },
);
const containers = fc.uniqueArray(container, { minLength: 1, maxLength: 3, selector: (c) => c.name });
const volume = fc.constantFrom<object>(
  { name: 'v', emptyDir: {} },
  { name: 'pyca-data', emptyDir: {} },
  { name: 'pyca-broker', secret: { secretName: 's', optional: true } },
  { name: 'pyca-preload', hostPath: { path: '/x' } },
);
const pods = fc.record({
  metadata: fc.record(
    { labels: fc.constant({ app: 'x' }), annotations: fc.constant({ 'pyca.io/reason': 'old' }) },
    { requiredKeys: [] },
  ),
  spec: fc.record(
    {
      containers,
      initContainers: fc.uniqueArray(container, { maxLength: 2, selector: (c) => c.name }),
      volumes: fc.uniqueArray(volume, { maxLength: 2 }),
      hostNetwork: fc.boolean(),
    },
    { requiredKeys: ['containers'] },
  ),
}) as fc.Arbitrary<Pod>;

const injections = fc
  .record({ hook: fc.constantFrom('env', 'pythonpath'), containers: fc.option(fc.constantFrom('app', 'app,none')) })
  .map(({ hook, containers }): Injection => {
    const annotations = { 'pyca.io/hook': hook, ...(containers ? { 'pyca.io/containers': containers } : {}) };
    return {
      settings: resolveSettings([annotations]).settings,
      workload: 'Deployment/x',
      image: 'pyca:1',
      pullPolicy: undefined,
      resources: { requests: { cpu: '10m', memory: '64Mi' } },
      broker: { secret: 'pyca-broker' },
    };
  });

describe('injection', () => {
  test('done twice is the same as done once', () => {
    fc.assert(
      fc.property(pods, injections, (pod, injection) => {
        const once = inject(pod, injection);
        expect(inject(once.pod, injection)).toEqual(once);
      }),
    );
  });

  test('keeps the QoS class', () => {
    const all = ({ spec }: Pod) => [...(spec.initContainers ?? []), ...spec.containers];
    fc.assert(
      fc.property(pods, injections, (pod, injection) => {
        const clean = all(pod).filter((c) => c.name !== 'pyca-agent' || pod.spec.containers.includes(c));
        const { pod: injected, outcome } = inject(pod, injection);
        if (outcome.status !== 'skipped') expect(qualityOfService(all(injected))).toBe(qualityOfService(clean));
      }),
    );
  });

  test("gives a skipped pod's spec back untouched", () => {
    fc.assert(
      fc.property(pods, injections, (pod, injection) => {
        const { pod: reviewed, outcome } = inject(pod, injection);
        if (outcome.status === 'skipped') expect(reviewed.spec).toBe(pod.spec);
      }),
    );
  });

  test('never shows the broker to an app container', () => {
    fc.assert(
      fc.property(pods, injections, (pod, injection) => {
        for (const { volumeMounts = [] } of inject(pod, injection).pod.spec.containers) {
          expect(volumeMounts.map((mount) => mount.name)).not.toContain('pyca-broker');
        }
      }),
    );
  });
});

test.each([
  ['100m', 0.1],
  ['0.1', 0.1],
  ['1e3', 1000],
  ['1k', 1000],
  ['1Ki', 1024],
  ['1.5Gi', 1.5 * 2 ** 30],
  ['2E', 2e18],
])('the quantity %s', (text, value) => {
  expect(parseQuantity(text)).toBe(value);
});
