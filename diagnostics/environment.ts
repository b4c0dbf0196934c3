/** Settings from the environment: each `PYCA_X`, else its older name `PCA_X`, through one zod schema. */

import { z } from 'zod';
import { PycaError } from './errors.ts';

/**
 * Reads `schema`'s keys (`FLUSH_INTERVAL` is `PYCA_FLUSH_INTERVAL`). An empty value counts as unset.
 * Throws CONFIG_INVALID naming every wrong variable, never its value: it may be a secret.
 */
export function readEnvironment<T extends z.ZodRawShape>(
  schema: z.ZodObject<T>,
  env: NodeJS.ProcessEnv = process.env,
): z.output<z.ZodObject<T>> {
  const values: Record<string, string> = {};
  for (const key of Object.keys(schema.shape)) {
    const value = env[`PYCA_${key}`] || env[`PCA_${key}`];
    if (value) values[key] = value;
  }
  const result = schema.safeParse(values, { reportInput: false });
  if (result.success) return result.data;
  const faults = result.error.issues.map((issue) => `PYCA_${issue.path.join('.')}: ${issue.message}`);
  throw new PycaError('CONFIG_INVALID', faults.join('; '));
}

/** Seconds from `60`, `60s`, `1m30s`, `500ms` (a Go duration). */
export const seconds = z.string().transform((text, context) => {
  const value = parseSeconds(text);
  if (value !== undefined && value > 0) return value;
  context.addIssue({ code: 'custom', message: 'expected seconds above 0 ("60") or a Go duration ("1m30s")' });
  return z.NEVER;
});

const UNITS: Record<string, number> = { ms: 0.001, s: 1, m: 60, h: 3600 };

/** Seconds, or undefined where `text` is neither a number nor a Go duration. */
export function parseSeconds(text: string): number | undefined {
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text);
  if (!/^(\d+(\.\d+)?(ms|s|m|h))+$/.test(text)) return undefined;
  return [...text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g)].reduce(
    (sum, [, n, unit]) => sum + Number(n) * (UNITS[unit as string] ?? 0),
    0,
  );
}

/** A comma-separated list, blanks and empty entries dropped. */
export const list = z.string().transform((text) =>
  text
    .split(',')
    .map((entry) => entry.trim())
    .filter(Boolean),
);

export const boolean = z
  .enum(['true', 'false', '1', '0', 'yes', 'no', 'on', 'off'])
  .transform((text) => ['true', '1', 'yes', 'on'].includes(text));

export const port = z.coerce.number().int().min(0).max(65535);
