/** The JSON patch (RFC 6902) from one JSON value to another. */

export type PatchOperation = { op: 'add' | 'replace'; path: string; value: unknown } | { op: 'remove'; path: string };

type Json = Record<string, unknown>;

export function diff(before: unknown, after: unknown, path = ''): PatchOperation[] {
  if (isObject(before) && isObject(after)) return diffObjects(before, after, path);
  if (Array.isArray(before) && Array.isArray(after) && before.length === after.length) {
    return before.flatMap((item, i) => diff(item, after[i], `${path}/${i}`));
  }
  return equal(before, after) ? [] : [{ op: 'replace', path, value: after }];
}

function diffObjects(before: Json, after: Json, path: string): PatchOperation[] {
  const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...keys].flatMap((key): PatchOperation[] => {
    const at = `${path}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`;
    const [old, value] = [own(before, key), own(after, key)];
    if (value === undefined) return old === undefined ? [] : [{ op: 'remove', path: at }];
    return old === undefined ? [{ op: 'add', path: at, value }] : diff(old, value, at);
  });
}

/** Whether two JSON values are the same, whatever the order of their keys. */
export function equal(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((item, i) => equal(item, b[i]));
  if (!isObject(a) || !isObject(b)) return false;
  const keys = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...keys].every((key) => equal(own(a, key), own(b, key)));
}

/** Every object has a `valueOf` and a `constructor`, but not of its own. */
function own(object: Json, key: string): unknown {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
