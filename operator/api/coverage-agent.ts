/**
 * The CoverageAgent API, pyca.io/v1alpha1. This schema is the one source: the CRD (crds/generate.ts) and the types come
 * from it, so every description is what `kubectl explain` shows.
 */

import { z } from 'zod';

const dnsLabel = z.string().regex(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/);
const quantity = z.union([z.int(), z.string()]).meta({
  'x-kubernetes-int-or-string': true,
  // For the CRD alone: the API server refuses "64Mb" there, and not in each pod later.
  pattern: '^[0-9]+(\\.[0-9]+)?([numkMGTPE]|[KMGTPE]i|[eE][+-]?[0-9]+)?$',
});

export const WORKLOAD_KINDS = ['Deployment', 'StatefulSet', 'DaemonSet', 'Job', 'CronJob'] as const;

const workloadRefSchema = z
  .object({
    apiVersion: z.string().default('apps/v1').describe('API version of the workload.'),
    kind: z.enum(WORKLOAD_KINDS).describe('Kind of the workload. Deployments are reconciled so far.'),
    name: z.string().min(1).describe('Name of the workload, in the same namespace.'),
  })
  .describe('The workload whose pods are covered.');

const repositorySchema = z
  .object({
    url: z.string().describe('Address of the git repository, e.g. https://github.com/acme/shop.').optional(),
    id: z.string().describe("The host's own id of the repository.").optional(),
    branch: z.string().describe('Branch that the image was built from.').optional(),
    commit: z.string().describe('Commit that the image was built from.').optional(),
  })
  .describe('Git facts of the image, which images rarely carry themselves.');

const brokerSchema = z
  .object({
    secretRef: z
      .object({ name: z.string().min(1).describe('Name of a Secret in the same namespace, with the key "url".') })
      .describe("Secret with the broker's address, instead of the one that the operator keeps.")
      .optional(),
    exchange: z.string().min(1).describe('Exchange to publish to. Default: coverage_exchange.').optional(),
    routingKey: z.string().min(1).describe('Routing key to publish with. Default: coverage.report.').optional(),
  })
  .describe('Where reports go.');

export const resourcesSchema = z
  .object({
    requests: z.record(z.string(), quantity).describe('What the agent asks for.').optional(),
    limits: z.record(z.string(), quantity).describe('What the agent may use at most.').optional(),
  })
  .describe("Resources of the agent's container.");

export const specSchema = z
  .object({
    workloadRef: workloadRefSchema,
    enabled: z
      .boolean()
      .default(true)
      .describe('Whether pods of the workload are injected. Its annotation, and that of its pod template, come first.'),
    containers: z
      .array(dnsLabel)
      .describe('Containers to cover. Default: all but known mesh proxies.')
      .meta({ 'x-kubernetes-list-type': 'set' })
      .optional(),
    flushInterval: z
      .string()
      .regex(/^(\d+(\.\d+)?|(\d+(\.\d+)?(ms|s|m|h))+)$/)
      .describe('Time between two reports: seconds ("60") or a Go duration ("1m30s"). Default: 60.')
      .optional(),
    include: z
      .array(z.string().min(1))
      .describe("Globs of source paths to cover. Default: the application's own code.")
      .optional(),
    exclude: z.array(z.string().min(1)).describe('Globs of source paths to leave out; wins over include.').optional(),
    sourceRoot: z
      .string()
      .regex(/^\//)
      .describe("Where the repository's root is in the container. Default: the working directory.")
      .optional(),
    pathMapping: z
      .array(z.string().regex(/^[^=;]+=[^=;]*$/))
      .describe('Paths in the container and what they are in the repository, e.g. "/app=services/checkout".')
      .optional(),
    repository: repositorySchema.optional(),
    broker: brokerSchema.optional(),
    hook: z
      .enum(['auto', 'env', 'pythonpath'])
      .describe(
        'How the application is reached: "env" by LD_PRELOAD, which keeps the image\'s own PYTHONPATH, "pythonpath" by setting PYTHONPATH. "auto" is "env".',
      )
      .optional(),
    image: z.string().min(1).describe("The agent's image. Default: the operator's.").optional(),
    resources: resourcesSchema.optional(),
  })
  .describe('What is covered, and how. Annotations on the workload or its pod template come before it.');

const count = (what: string) => z.int().min(0).describe(what);

const conditionSchema = z.object({
  type: z.string().describe('Injected, Reporting or Degraded.'),
  status: z.enum(['True', 'False', 'Unknown']).describe('Whether it holds.'),
  reason: z.string().describe('Why, in one word.'),
  message: z.string().describe('Why, in a sentence, with the remedy where there is one.'),
  lastTransitionTime: z.iso.datetime().describe('When the status last turned.'),
  observedGeneration: count('The generation of the spec that this speaks of.').optional(),
});

export const PHASES = ['Off', 'Pending', 'Injecting', 'Skipped', 'Waiting', 'Reporting', 'Degraded'] as const;

export const statusSchema = z
  .object({
    observedGeneration: count('The generation of the spec that this status speaks of.').optional(),
    phase: z.enum(PHASES).describe('The state in one word.').optional(),
    workload: z.string().describe('The workload, as Kind/name.').optional(),
    podsReporting: z.string().describe('Pods that have reported, of all: "2/2".').optional(),
    coverage: z.string().describe('The share of executable lines that have run: "41.3%".').optional(),
    coveragePercent: z.number().min(0).max(100).describe('The same as a number.').optional(),
    lines: z
      .object({
        executable: count('Executable lines of all files that were loaded.'),
        covered: count('Those of them that have run.'),
      })
      .describe('Lines over all pods of the newest pod template.')
      .optional(),
    pods: z
      .object({
        total: count('Pods of the workload.'),
        injected: count('Those of them that carry the agent.'),
        reporting: count('Those of them whose agent has reported.'),
      })
      .optional(),
    lastReportTime: z.iso.datetime().describe('When an agent last published a report.').optional(),
    conditions: z
      .array(conditionSchema)
      .describe('Injected, Reporting and Degraded.')
      .meta({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['type'] })
      .optional(),
  })
  .describe('What the operator sees.');

export const coverageAgentSchema = z
  .object({ spec: specSchema, status: statusSchema.optional() })
  .describe('Which lines of a workload run: one object for each workload that PYCA covers.');

export type CoverageAgentSpec = z.output<typeof specSchema>;
export type CoverageAgentStatus = z.output<typeof statusSchema>;
export type Condition = z.output<typeof conditionSchema>;
export type Phase = (typeof PHASES)[number];
export type Resources = z.output<typeof resourcesSchema>;
