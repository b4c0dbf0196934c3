import fc from 'fast-check';
import { expect, test } from 'vitest';
import { diff, equal, type PatchOperation } from './json-patch.ts';

/** JSON patch as RFC 6902 has it, for the operations and paths that `diff` writes. */
function apply(document: unknown, operations: readonly PatchOperation[]): unknown {
  const root = { '': structuredClone(document) } as Record<string, unknown>;
  for (const operation of operations) {
    const keys = operation.path.split('/').map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'));
    const last = keys.pop() as string;
    const target = keys.reduce<Record<string, unknown>>((at, key) => at[key] as Record<string, unknown>, root);
    if (operation.op === 'remove') delete target[last];
    else target[last] = operation.value;
  }
  return root[''];
}

const json = fc.jsonValue({ maxDepth: 4 }).map((value) => JSON.parse(JSON.stringify(value)) as unknown);

test('applied to the first, it gives the second', () => {
  fc.assert(
    fc.property(json, json, (a, b) => {
      expect(apply(a, diff(a, b))).toEqual(b);
    }),
  );
});

test('there is nothing to do from a value to itself', () => {
  fc.assert(
    fc.property(json, (a) => {
      expect(diff(a, structuredClone(a))).toEqual([]);
    }),
  );
});

test('it says no more than what changes', () => {
  const before = { metadata: { annotations: { 'a/b~c': '1' } }, spec: { containers: [{ name: 'x' }, { name: 'y' }] } };
  const after = {
    metadata: { annotations: { 'a/b~c': '2' }, labels: { l: 'v' } },
    spec: { containers: [{ name: 'x' }, { name: 'y', env: [] }] },
  };
  expect(diff(before, after)).toEqual([
    { op: 'replace', path: '/metadata/annotations/a~1b~0c', value: '2' },
    { op: 'add', path: '/metadata/labels', value: { l: 'v' } },
    { op: 'add', path: '/spec/containers/1/env', value: [] },
  ]);
});

test('a key may have the name of what every object inherits', () => {
  expect(diff({ valueOf: 1 }, { constructor: 2 })).toEqual([
    { op: 'remove', path: '/valueOf' },
    { op: 'add', path: '/constructor', value: 2 },
  ]);
  expect(equal({ constructor: Object }, {})).toBe(false);
});

test('equal does not mind the order of keys, nor undefined', () => {
  expect(equal({ a: 1, b: [{ c: null }] }, { b: [{ c: null }], a: 1, d: undefined })).toBe(true);
  expect(equal([1, 2], [2, 1])).toBe(false);
  expect(equal({ a: null }, {})).toBe(false);
});
