import { describe, expect, test } from 'vitest';
import { resolveSettings } from './settings.ts';

describe('settings', () => {
  test('are the defaults where nothing is said', () => {
    expect(resolveSettings([undefined, {}])).toEqual({
      faults: [],
      settings: {
        containers: undefined,
        flushInterval: undefined,
        include: [],
        exclude: [],
        sourceRoot: undefined,
        pathMapping: [],
        repository: {},
        hook: 'env',
        sessions: false,
      },
    });
  });

  test('come from the closest annotation, then the next, then the spec', () => {
    const { settings } = resolveSettings(
      [{ 'pyca.io/include': 'a/**, b/**' }, { 'pyca.io/include': 'c', 'pyca.io/branch': 'main' }],
      {
        include: ['d'],
        exclude: ['e'],
        repository: { branch: 'other', url: 'u' },
        hook: 'pythonpath',
        flushInterval: '1m',
      },
    );
    expect(settings).toMatchObject({
      include: ['a/**', 'b/**'],
      exclude: ['e'],
      repository: { branch: 'main', url: 'u' },
      hook: 'pythonpath',
      flushInterval: '1m',
    });
  });

  test.each([
    ['flush-interval', '0', /seconds above 0/],
    ['flush-interval', '-5', /seconds above 0/],
    ['flush-interval', '1 hour', /seconds above 0/],
    ['source-root', 'app', /absolute path/],
    ['path-mapping', '/app', /FROM=TO/],
    ['containers', 'App One', /container names/],
    ['hook', 'ld_preload', /auto, env or pythonpath/],
  ])('pyca.io/%s: %s is a fault that says what is expected', (name, value, message) => {
    const { faults } = resolveSettings([{ [`pyca.io/${name}`]: value }]);
    expect(faults).toHaveLength(1);
    expect(faults[0]).toContain(`pyca.io/${name} is "${value}"`);
    expect(faults[0]).toMatch(message);
  });

  test('count an empty value as none, and leave annotations of others alone', () => {
    expect(resolveSettings([{ 'pyca.io/hook': ' ', 'other.io/hook': 'x', 'pyca.io/unheard-of': 'x' }]).faults).toEqual(
      [],
    );
  });
});
