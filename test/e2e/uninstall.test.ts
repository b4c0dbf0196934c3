/** `helm uninstall` takes everything back. */

import { afterAll, expect, test } from 'vitest';
import { deploy, podsAre } from './application.ts';
import { install, NAMESPACE, uninstall } from './installation.ts';
import { eventually, freshNamespace, get, helm, type KubernetesObject, kubectl, list } from './kubernetes.ts';

afterAll(() => install());

const all = async (kind: string): Promise<KubernetesObject[]> =>
  JSON.parse(await kubectl('get', kind, '-A', '-o', 'json')).items;
const ours = (objects: KubernetesObject[]) =>
  objects.map(({ metadata }) => metadata.name).filter((name) => /pyca/.test(name));

test('helm test passes, helm uninstall leaves nothing behind and the pods are clean', async () => {
  const namespace = await freshNamespace('e2e-uninstall');
  await deploy(namespace, 'left', { annotations: { 'pyca.io/enabled': 'true' } });
  await podsAre('injected', namespace, 'left');

  expect(await helm('test', 'pyca', '-n', NAMESPACE, '--timeout', '3m')).toMatch(/Phase:\s+Succeeded/);
  await uninstall();

  await podsAre('clean', namespace, 'left');
  const deployment = await get('deployment', namespace, 'left');
  expect(deployment.spec.template.metadata.annotations ?? {}).toEqual({});
  // What the user wrote is the user's.
  expect(deployment.metadata.annotations['pyca.io/enabled']).toBe('true');
  expect(ours(await all('mutatingwebhookconfigurations'))).toEqual([]);
  expect(ours(await all('clusterroles,clusterrolebindings'))).toEqual([]);
  await eventually('nothing of ours is left in any namespace', async () => {
    expect(
      ours(await all('secrets,configmaps,services,serviceaccounts,roles,rolebindings,deployments,statefulsets,jobs')),
    ).toEqual([]);
    expect(await all('coverageagents')).toEqual([]);
    expect(await list('pods', NAMESPACE)).toEqual([]);
    return true;
  });
});
