import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { loadYaml } from '@kubernetes/client-node';
import { describe, expect, it } from 'vitest';
import { CHART, find, HELM, type Manifest, podSpecs, refusal, render } from './helm.ts';
import { printValuesSchema, valuesSchema } from './values-schema.ts';

const EXTERNAL = ['rabbitmq.enabled=false', 'broker.url=amqps://shop:hunter2@mq.example.org:5671/coverage'];
const read = (file: string) => readFileSync(`${CHART}/${file}`, 'utf8');

describe('values', () => {
  it('are described by a schema that is generated from the zod one', () => {
    expect(JSON.parse(read('values.schema.json'))).toEqual(JSON.parse(printValuesSchema()));
  });

  it('have defaults that fit it', () => {
    expect(valuesSchema.safeParse(loadYaml(read('values.yaml'))).error).toBeUndefined();
  });
});

describe.skipIf(!HELM)('the chart, rendered (needs helm: PATH, $PYCA_TEST_HELM or test/cluster/build-tools.sh)', () => {
  it('passes helm lint --strict', () => {
    expect(execFileSync(HELM as string, ['lint', '--strict', CHART], { encoding: 'utf8' })).toContain(
      '0 chart(s) failed',
    );
  });

  it('is what the golden file says, by default', async () => {
    const text = render('rabbitmq.password=golden').text;
    await expect(text).toMatchFileSnapshot('testdata/default.yaml');
  });

  it('is what the golden file says, for a broker of your own', async () => {
    await expect(render(...EXTERNAL).text).toMatchFileSnapshot('testdata/external-broker.yaml');
  });

  it('names everything after the release, and labels it', () => {
    for (const { kind, metadata } of render().manifests) {
      expect(metadata.name, kind).toMatch(/^pyca-/);
      expect(metadata.labels, kind).toMatchObject({
        'app.kubernetes.io/name': 'pyca',
        'app.kubernetes.io/instance': 'pyca',
        'app.kubernetes.io/part-of': 'pyca',
        'app.kubernetes.io/managed-by': 'Helm',
      });
    }
  });

  describe('secrets', () => {
    it.each([
      ['a generated password', []],
      ['a password of your own', ['rabbitmq.password=hunter2']],
      ['a broker of your own', EXTERNAL],
    ])('%s is in Secrets and nowhere else', (_, set) => {
      const { manifests } = render(...set);
      const secrets = manifests.filter(({ kind }) => kind === 'Secret');
      const url = new URL(secrets.find(({ metadata }) => metadata.name === 'pyca-operator-broker')?.stringData.url);
      expect(url.password).not.toBe('');
      expect(JSON.stringify(manifests.filter(({ kind }) => kind !== 'Secret'))).not.toContain(url.password);
    });

    it('a generated password is long, new for each release and the one that RabbitMQ is given', () => {
      const [first, second] = [render(), render()].map(({ manifests }) => ({
        url: new URL(find(manifests, 'Secret', 'pyca-operator-broker').stringData.url),
        definitions: JSON.parse(find(manifests, 'Secret', 'pyca-rabbitmq').stringData['definitions.json']),
      }));
      expect(first?.url.password).toMatch(/^[A-Za-z0-9]{32}$/);
      expect(first?.url.password).not.toBe(second?.url.password);
      expect(first?.definitions.users).toEqual([
        { name: 'coverage', password: first?.url.password, tags: 'administrator' },
      ]);
    });

    it('an existing one is used as it is, and none is made', () => {
      const { manifests } = render('rabbitmq.enabled=false', 'broker.existingSecret=ours');
      expect(manifests.filter(({ kind }) => kind === 'Secret')).toEqual([]);
      const env = find(manifests, 'Deployment', 'pyca-operator').spec.template.spec.containers[0].env;
      expect(env).toContainEqual({ name: 'PYCA_BROKER_SECRET', value: 'ours' });
    });
  });

  describe('bad values', () => {
    it.each([
      [['replcas=2'], "additional properties 'replcas' not allowed"],
      [['rabbitmq.persistence.class=fast'], "additional properties 'class' not allowed"],
      [['replicas=two'], "'/replicas': got string, want integer"],
      [['image.pullPolicy=never'], "'/image/pullPolicy': value must be one of 'Always'"],
      [['webhook.timeoutSeconds=60'], "'/webhook/timeoutSeconds': maximum: got 60, want 30"],
      [['rabbitmq.enabled=false'], 'add --set broker.url='],
      [['broker.url=amqp://mq.example.org'], 'add --set rabbitmq.enabled=false'],
      [[...EXTERNAL, 'broker.existingSecret=ours'], 'not both'],
      [['rabbitmq.enabled=false', 'broker.url=mq.example.org:5672'], 'broker.url is not of the form amqp://'],
      [['rabbitmq.password=p@ss'], 'rabbitmq.password may have letters, digits'],
    ])('%j are refused: %s', (set, message) => {
      expect(refusal(...set)).toContain(message);
    });

    it('a refused secret is not printed', () => {
      expect(refusal('rabbitmq.password=p@ssw0rd')).not.toContain('p@ssw0rd');
      expect(refusal('rabbitmq.enabled=false', 'broker.url=redis://u:p4ss@h')).not.toContain('p4ss');
    });
  });

  describe('pods', () => {
    const pods = HELM ? podSpecs(render('rabbitmq.persistence.enabled=true').manifests) : [];

    it('are the operator, RabbitMQ, the clean-up and the tests', () => {
      expect(pods.map(([name]) => name).toSorted()).toEqual([
        'Deployment/pyca-operator',
        'Job/pyca-clean-up',
        'Pod/pyca-broker-test',
        'Pod/pyca-operator-test',
        'StatefulSet/pyca-rabbitmq',
      ]);
    });

    it.each(pods)('%s meets pod security level "restricted", and more', (_, spec) => {
      expect(spec.securityContext).toMatchObject({ runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } });
      expect(spec.securityContext.runAsUser).toBeGreaterThan(0);
      for (const key of ['hostNetwork', 'hostPID', 'hostIPC', 'initContainers']) expect(spec).not.toHaveProperty(key);
      for (const volume of spec.volumes ?? []) expect(volume).not.toHaveProperty('hostPath');
      for (const container of spec.containers) {
        expect(container.securityContext).toEqual({
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ['ALL'] },
        });
        for (const port of container.ports ?? []) expect(port).not.toHaveProperty('hostPort');
        expect(container.resources.limits.memory).toBeDefined();
      }
    });

    it.each(pods)('%s has a service account token only where it talks to the API server', (name, spec) => {
      const talks = ['Deployment/pyca-operator', 'Job/pyca-clean-up'].includes(name);
      expect(spec.automountServiceAccountToken).toBe(talks);
    });

    it('go where they are told to', () => {
      const set = ['nodeSelector.disk=ssd', 'imagePullSecrets[0].name=pull', 'tolerations[0].operator=Exists'];
      for (const [name, spec] of podSpecs(render(...set).manifests)) {
        expect(spec, name).toMatchObject({
          nodeSelector: { disk: 'ssd' },
          imagePullSecrets: [{ name: 'pull' }],
          tolerations: [{ operator: 'Exists' }],
        });
      }
    });

    it('run scripts that Kubernetes hands on as they are: it would expand $(NAME)', () => {
      const tests = pods.filter(([name]) => name.startsWith('Pod/'));
      for (const [, spec] of tests) expect(spec.containers[0].args[2]).not.toContain('$(');
    });
  });

  describe('webhooks', () => {
    const { webhooks } = HELM
      ? find(render().manifests, 'MutatingWebhookConfiguration', 'pyca-operator')
      : { webhooks: [] };

    it.each<[Manifest]>(webhooks.map((webhook: Manifest) => [webhook]))('never hold anything up: %o', (webhook) => {
      expect(webhook).toMatchObject({ failurePolicy: 'Ignore', timeoutSeconds: 3, sideEffects: 'None' });
      expect(webhook.clientConfig).not.toHaveProperty('caBundle');
      expect(webhook.matchConditions).toHaveLength(1);
    });

    it('stay out of the system namespaces and of their own', () => {
      for (const { namespaceSelector } of webhooks) {
        expect(namespaceSelector.matchExpressions).toEqual([
          {
            key: 'kubernetes.io/metadata.name',
            operator: 'NotIn',
            values: ['kube-system', 'kube-public', 'kube-node-lease', 'pyca-system'],
          },
        ]);
      }
    });
  });

  describe('roles', () => {
    const rules: [string, Manifest[string]][] = HELM
      ? render().manifests.flatMap(({ kind, metadata, rules = [] }) =>
          rules.map((rule: Manifest) => [`${kind}/${metadata.name}`, rule] as [string, Manifest]),
        )
      : [];

    it.each(rules)('%s names each thing it may do: %o', (_, rule) => {
      expect([...rule.apiGroups, ...rule.resources, ...rule.verbs]).not.toContain('*');
    });

    it.each(rules.filter(([, rule]) => rule.resources.includes('secrets')))('%s: secrets by name: %o', (_, rule) => {
      // The name of what is created is not in the request's path, so no rule can be limited to it.
      if (rule.verbs.includes('create')) expect(rule.verbs).toEqual(['create']);
      else expect(rule.resourceNames).toHaveLength(1);
    });
  });
});
