/** The one source of pyca/values.schema.json. Write it anew with `node charts/values-schema.ts && npm run fix`. */

import { writeFileSync } from 'node:fs';
import { z } from 'zod';

const name = z.string().regex(/^([a-z0-9]([a-z0-9.-]*[a-z0-9])?)?$/, 'a Kubernetes object name, or empty');
const image = z.string().min(1);
const pullPolicy = z.enum(['Always', 'IfNotPresent', 'Never']);
/** Checked by templates/broker.yaml instead: helm prints a value that fails the schema. */
const secret = z.string();
const quantity = z.union([z.string().regex(/^[0-9.]+([EPTGMk]i?|m)?$/), z.number().nonnegative()]);
const amounts = z.record(z.string(), quantity);
const resources = z.strictObject({ requests: amounts.optional(), limits: amounts.optional() });
const anything = z.looseObject({});

export const valuesSchema = z.strictObject({
  global: anything.optional().describe('what a parent chart shares with its subcharts; not used'),
  image: z.strictObject({
    repository: image,
    tag: z.string().describe("default: the chart's appVersion"),
    pullPolicy,
  }),
  imagePullSecrets: z.array(z.strictObject({ name })),
  nameOverride: name,
  fullnameOverride: name,
  broker: z.strictObject({
    url: secret.describe('amqp://USER:PASSWORD@HOST:5672/VHOST, or amqps://'),
    existingSecret: name.describe('a Secret of the release\'s namespace with the key "url"'),
  }),
  rabbitmq: z.strictObject({
    enabled: z.boolean(),
    image,
    imagePullPolicy: pullPolicy,
    username: z.string().regex(/^[A-Za-z0-9._~-]+$/),
    password: secret.describe('default: generated once'),
    persistence: z.strictObject({ enabled: z.boolean(), size: quantity, storageClass: name }),
    resources,
  }),
  agent: z.strictObject({
    flushInterval: z.union([z.number().positive(), z.string().regex(/^([0-9]+(\.[0-9]+)?(ms|s|m|h)?)+$/)]),
    resources,
  }),
  webhook: z.strictObject({ timeoutSeconds: z.int().min(1).max(30) }),
  replicas: z.int().min(0),
  logLevel: z.enum(['debug', 'info', 'warn', 'error']),
  resources,
  nodeSelector: z.record(z.string(), z.string()),
  tolerations: z.array(anything),
  affinity: anything,
});

export function printValuesSchema(): string {
  return `${JSON.stringify(z.toJSONSchema(valuesSchema, { target: 'draft-7', io: 'input' }), null, 2)}\n`;
}

if (import.meta.main) writeFileSync(new URL('pyca/values.schema.json', import.meta.url), printValuesSchema());
