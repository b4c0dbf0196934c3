/** Installs PYCA by its chart once for all e2e tests, as the README tells a user to. */

import { eventually, helm, kubectl, list } from './kubernetes.ts';

export const NAMESPACE = 'pyca-system';

export async function install(...values: string[]): Promise<void> {
  const set = [
    'image.repository=localhost/pyca',
    'image.tag=dev',
    'rabbitmq.image=localhost/rabbitmq:dev',
    ...values,
  ].flatMap((value) => ['--set', value]);
  await helm(
    'upgrade',
    '--install',
    'pyca',
    'charts/pyca',
    '-n',
    NAMESPACE,
    '--create-namespace',
    '--wait',
    '--timeout',
    '5m',
    ...set,
  );
  // The one of before answers until it has drained.
  await operatorsAre(1);
}

export async function uninstall(): Promise<void> {
  await helm('uninstall', 'pyca', '-n', NAMESPACE, '--ignore-not-found', '--wait', '--timeout', '5m');
}

/** Waits until those that are to go have gone: an operator that is ending still answers. */
export async function scaleOperator(replicas: number): Promise<void> {
  await kubectl('scale', '-n', NAMESPACE, 'deployment/pyca-operator', `--replicas=${replicas}`);
  await kubectl('rollout', 'status', '-n', NAMESPACE, 'deployment/pyca-operator', '--timeout=120s');
  await operatorsAre(replicas);
}

async function operatorsAre(replicas: number): Promise<void> {
  await eventually('operator pods', async () => {
    const { length } = await list('pods', NAMESPACE, 'app.kubernetes.io/component=operator');
    return length === replicas ? true : undefined;
  });
}

export default async function setup(): Promise<void> {
  if (!process.env.KUBECONFIG) {
    throw new Error(
      'the cluster tests need a cluster: run "make test", or export KUBECONFIG=$(test/cluster/cluster up)',
    );
  }
  await install();
}
