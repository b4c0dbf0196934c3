/** The CustomResourceDefinition of CoverageAgent. */

import { z } from 'zod';
import { coverageAgentSchema } from '../operator/api/coverage-agent.ts';
import { GROUP } from '../operator/api/names.ts';

type Json = Record<string, unknown>;

const PRINTER_COLUMNS = [
  { name: 'Workload', type: 'string', jsonPath: '.status.workload', description: 'The workload that is covered.' },
  { name: 'Pods', type: 'string', jsonPath: '.status.podsReporting', description: 'Pods that have reported, of all.' },
  { name: 'Coverage', type: 'string', jsonPath: '.status.coverage', description: 'Lines that have run, of all.' },
  { name: 'Last Report', type: 'date', jsonPath: '.status.lastReportTime', description: 'Time since the last report.' },
  { name: 'Status', type: 'string', jsonPath: '.status.phase', description: 'The state in one word.' },
  { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
];

export function customResourceDefinition(): Json {
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `coverageagents.${GROUP}` },
    spec: {
      group: GROUP,
      scope: 'Namespaced',
      names: {
        kind: 'CoverageAgent',
        listKind: 'CoverageAgentList',
        plural: 'coverageagents',
        singular: 'coverageagent',
        shortNames: ['cov'],
      },
      versions: [
        {
          name: 'v1alpha1',
          served: true,
          storage: true,
          subresources: { status: {} },
          additionalPrinterColumns: PRINTER_COLUMNS,
          schema: { openAPIV3Schema: structuralSchema() },
        },
      ],
    },
  };
}

/** What zod says, as far as Kubernetes' structural schemas allow it. */
function structuralSchema(): Json {
  const schema = z.toJSONSchema(coverageAgentSchema, {
    target: 'openapi-3.0',
    io: 'input',
    override: ({ jsonSchema }) => adapt(jsonSchema as Json),
  }) as { properties: Json };
  const string = { type: 'string' };
  return {
    ...schema,
    properties: { apiVersion: string, kind: string, metadata: { type: 'object' }, ...schema.properties },
  };
}

function adapt(schema: Json): void {
  // int-or-string is known by this very form.
  if (schema['x-kubernetes-int-or-string']) schema.anyOf = [{ type: 'integer' }, { type: 'string' }];
  if (schema.type === 'integer') {
    schema.format = 'int64';
    delete schema.maximum;
  }
  // The API server's own date-time check does; zod's pattern of it is a page long.
  if (schema.format === 'date-time') delete schema.pattern;
}
