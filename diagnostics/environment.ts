/** Settings from the environment: each `PYCA_X`, else its older name `PCA_X`, through one zod schema. */

import { z } from 'zod';
import { PycaError } from './errors.ts';

/** A setting's text and where it stands, in words for people. */
export type Found = { value: string; place: string };

/** Names that the whole trade knows come before ours. */
const SHARED = new Set(['GITHUB_TOKEN']);

/** By which a setting may be given, the first that is set wins. */
export function settingNames(key: string): string[] {
  return [...(SHARED.has(key) ? [key] : []), `PYCA_${key}`, `PCA_${key}`];
}

/**
 * Reads `schema`'s keys (`FLUSH_INTERVAL` is `PYCA_FLUSH_INTERVAL`). An empty value counts as unset.
 * Throws CONFIG_INVALID naming every wrong variable, never its value: it may be a secret.
 */
export function readEnvironment<T extends z.ZodRawShape>(
  schema: z.ZodObject<T>,
  env: NodeJS.ProcessEnv = process.env,
): z.output<z.ZodObject<T>> {
  return readSettings(schema, (key) => findInEnvironment(key, env));
}

/** An empty value counts as unset. */
export function findInEnvironment(key: string, env: NodeJS.ProcessEnv): Found | undefined {
  const name = settingNames(key).find((candidate) => env[candidate]);
  return name === undefined ? undefined : { value: env[name] as string, place: name };
}

/** As `readEnvironment`, with values from wherever `find` has them. */
export function readSettings<T extends z.ZodRawShape>(
  schema: z.ZodObject<T>,
  find: (key: string) => Found | undefined,
): z.output<z.ZodObject<T>> {
  const found = new Map(Object.keys(schema.shape).map((key) => [key, find(key)]));
  const values = [...found].flatMap(([key, setting]) => (setting ? [[key, setting.value]] : []));
  const result = schema.safeParse(Object.fromEntries(values), { reportInput: false });
  if (result.success) return result.data;
  const faults = result.error.issues.map(({ path: [key = '', ...rest], message }) => {
    const place = found.get(String(key))?.place ?? `PYCA_${String(key)}`;
    return `${[place, ...rest].join('.')}: ${message}`;
  });
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
