import { expect, test } from 'vitest';
import { Metrics } from './metrics.ts';

test('figures are printed as Prometheus reads them', () => {
  const metrics = new Metrics();
  metrics.injections.add({ result: 'skipped', reason: 'a "quoted"\nname' });
  metrics.injections.add({ result: 'injected', reason: '' });
  metrics.injections.add({ result: 'injected', reason: '' });
  metrics.certificateExpiry.set({}, 1_800_000_000);
  for (const seconds of [0.0005, 0.004, 3]) metrics.admissionSeconds.observe({ webhook: '/mutate/pods' }, seconds);
  const lines = metrics.print().split('\n');
  expect(lines).toEqual(
    expect.arrayContaining([
      '# TYPE pyca_injections_total counter',
      'pyca_injections_total{result="skipped",reason="a \\"quoted\\"\\nname"} 1',
      'pyca_injections_total{result="injected",reason=""} 2',
      'pyca_certificate_expiry_timestamp_seconds 1800000000',
      '# TYPE pyca_admission_duration_seconds histogram',
      'pyca_admission_duration_seconds_bucket{webhook="/mutate/pods",le="0.001"} 1',
      'pyca_admission_duration_seconds_bucket{webhook="/mutate/pods",le="0.005"} 2',
      'pyca_admission_duration_seconds_bucket{webhook="/mutate/pods",le="1"} 2',
      'pyca_admission_duration_seconds_bucket{webhook="/mutate/pods",le="+Inf"} 3',
      'pyca_admission_duration_seconds_count{webhook="/mutate/pods"} 3',
    ]),
  );
});
