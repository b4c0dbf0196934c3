/** How a workload wants to be covered: annotations first, then its CoverageAgent's spec, then the defaults. */

import { z } from 'zod';
import { list, seconds } from '../../diagnostics/environment.ts';
import type { CoverageAgentSpec } from './coverage-agent.ts';
import { GROUP } from './names.ts';

const containers = list.pipe(z.array(z.string().regex(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/, 'expected container names')));
const absolutePath = z.string().regex(/^\//, 'expected an absolute path ("/app")');
const pathMapping = z
  .string()
  .transform((text) => text.split(';').filter(Boolean))
  .pipe(
    z.array(z.string().regex(/^[^=;]+=[^=;]*$/, 'expected FROM=TO, several apart by ";" ("/app=services/checkout")')),
  );

/** Each annotation `pyca.io/KEY` that a user may set, on the workload or on its pod template. */
const annotationSchemas = {
  containers,
  'flush-interval': seconds,
  include: list,
  exclude: list,
  'source-root': absolutePath,
  'path-mapping': pathMapping,
  repo: z.string(),
  'repo-id': z.string(),
  branch: z.string(),
  commit: z.string(),
  hook: z.enum(['auto', 'env', 'pythonpath'], { error: 'expected auto, env or pythonpath' }),
  sessions: z.enum(['true', 'false'], { error: 'expected true or false' }),
};

type Annotation = keyof typeof annotationSchemas;
type Values = { [K in Annotation]?: z.output<(typeof annotationSchemas)[K]> | undefined };

export interface Settings {
  readonly containers: readonly string[] | undefined;
  readonly flushInterval: string | undefined;
  readonly include: readonly string[];
  readonly exclude: readonly string[];
  readonly sourceRoot: string | undefined;
  readonly pathMapping: readonly string[];
  readonly repository: {
    readonly url?: string;
    readonly id?: string;
    readonly branch?: string;
    readonly commit?: string;
  };
  readonly hook: 'env' | 'pythonpath';
  readonly sessions: boolean;
}

type Annotations = Record<string, string> | undefined;

/**
 * `annotations` from the closest to the farthest: pod template, workload. A value that cannot be read is a fault, a
 * sentence for the user; one that a closer annotation covers is none.
 */
export function resolveSettings(
  annotations: readonly Annotations[],
  spec: Omit<CoverageAgentSpec, 'workloadRef' | 'enabled'> = {},
): { settings: Settings; faults: string[] } {
  const { values, faults } = parseAnnotations(Object.assign({}, ...annotations.toReversed()));
  const hook = values.hook ?? spec.hook ?? 'auto';
  const settings: Settings = {
    containers: values.containers ?? spec.containers,
    flushInterval: values['flush-interval'] === undefined ? spec.flushInterval : String(values['flush-interval']),
    include: values.include ?? spec.include ?? [],
    exclude: values.exclude ?? spec.exclude ?? [],
    sourceRoot: values['source-root'] ?? spec.sourceRoot,
    pathMapping: values['path-mapping'] ?? spec.pathMapping ?? [],
    repository: {
      ...spec.repository,
      ...(values.repo ? { url: values.repo } : {}),
      ...(values['repo-id'] ? { id: values['repo-id'] } : {}),
      ...(values.branch ? { branch: values.branch } : {}),
      ...(values.commit ? { commit: values.commit } : {}),
    } as Settings['repository'],
    hook: hook === 'pythonpath' ? 'pythonpath' : 'env',
    sessions: values.sessions === 'true',
  };
  return { settings, faults };
}

/** What is wrong with these annotations, a sentence each: for a warning while the user still looks. */
export function annotationFaults(annotations: Annotations): string[] {
  return parseAnnotations(annotations ?? {}).faults;
}

function parseAnnotations(annotations: Record<string, string>): { values: Values; faults: string[] } {
  const values: Record<string, unknown> = {};
  const faults: string[] = [];
  for (const [name, schema] of Object.entries(annotationSchemas)) {
    const text = annotations[`${GROUP}/${name}`];
    if (text === undefined || text.trim() === '') continue;
    const result = schema.safeParse(text.trim());
    if (result.success) values[name] = result.data;
    else
      faults.push(
        `${GROUP}/${name} is ${JSON.stringify(text)}: ${result.error.issues[0]?.message ?? 'not understood'}`,
      );
  }
  return { values, faults };
}
