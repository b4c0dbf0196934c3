/** AdmissionReview v1, as the API server sends it and wants it back. */

import { z } from 'zod';
import type { PatchOperation } from '../injection/json-patch.ts';

const object = z.record(z.string(), z.unknown());

const reviewSchema = z.object({
  apiVersion: z.literal('admission.k8s.io/v1'),
  kind: z.literal('AdmissionReview'),
  request: z.object({
    uid: z.string().min(1),
    kind: z.object({ kind: z.string() }),
    operation: z.enum(['CREATE', 'UPDATE', 'DELETE', 'CONNECT']),
    namespace: z.string().optional(),
    subResource: z.string().optional(),
    dryRun: z.boolean().optional(),
    object: object.nullish(),
  }),
});

export type AdmissionRequest = z.output<typeof reviewSchema>['request'];

/** What a review comes to: always allowed, perhaps with a patch and a word to the user. */
export interface Verdict {
  readonly patch: readonly PatchOperation[];
  readonly warnings: readonly string[];
}

export const UNCHANGED: Verdict = { patch: [], warnings: [] };

/** The request, or in a sentence why the text is none. */
export function parseReview(text: string): { request: AdmissionRequest } | { fault: string } {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return { fault: 'the body is not JSON' };
  }
  const result = reviewSchema.safeParse(json);
  if (result.success) return { request: result.data.request };
  const [issue] = result.error.issues;
  return { fault: `not an AdmissionReview of admission.k8s.io/v1: ${issue?.path.join('.')}: ${issue?.message}` };
}

export function printReview(uid: string, { patch, warnings }: Verdict): string {
  return JSON.stringify({
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    response: {
      uid,
      allowed: true,
      ...(warnings.length > 0 ? { warnings } : {}),
      ...(patch.length > 0
        ? { patchType: 'JSONPatch', patch: Buffer.from(JSON.stringify(patch)).toString('base64') }
        : {}),
    },
  });
}
