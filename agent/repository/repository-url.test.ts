import fc from 'fast-check';
import { expect, test } from 'vitest';
import { maybeSameRepository, repositoryPlace, withoutCredentials } from './repository-url.ts';

test.each([
  ['https://github.com/acme/shop.git', 'https://github.com/acme/shop.git'],
  ['https://me:hunter2@github.com/acme/shop.git', 'https://github.com/acme/shop.git'],
  ['https://gh_hunter2@github.com/acme/shop', 'https://github.com/acme/shop'],
  ['https://me:hunt@er2@git.example.org:8443/acme/sh@op', 'https://git.example.org:8443/acme/sh@op'],
  ['HTTP://me:hunter2@git.example.org/Acme/', 'HTTP://git.example.org/Acme/'],
  ['ssh://git@github.com:22/acme/shop.git', 'ssh://git@github.com:22/acme/shop.git'],
  ['ssh://git:hunter2@github.com/acme/shop.git', 'ssh://git@github.com/acme/shop.git'],
  ['git@github.com:acme/shop.git', 'git@github.com:acme/shop.git'],
  ['/srv/git/a@b/shop.git\n', '/srv/git/a@b/shop.git'],
  ['file:///srv/git/shop.git', 'file:///srv/git/shop.git'],
])('%j without credentials is %j', (url, expected) => expect(withoutCredentials(url)).toBe(expected));

test('no password survives, and nothing else changes', () => {
  const word = fc.stringMatching(/^[\w!$&'()*+,;=:@%.~-]{3,20}$/).map((text) => `q${text}q`);
  fc.assert(
    fc.property(word, word, fc.constantFrom('https', 'http'), (user, password, scheme) => {
      expect(withoutCredentials(`${scheme}://${user}:${password}@host/acme/shop`)).toBe(`${scheme}://host/acme/shop`);
    }),
  );
});

test.each([
  ['https://GitHub.com/acme/shop.git', { host: 'github.com', path: 'acme/shop' }],
  ['https://me@github.com:443/acme/shop/', { host: 'github.com', path: 'acme/shop' }],
  ['git@github.com:acme/shop.git', { host: 'github.com', path: 'acme/shop' }],
  ['github.com:/acme/shop', { host: 'github.com', path: 'acme/shop' }],
  ['ssh://git@[::1]:22/acme/shop', { host: '[::1]', path: 'acme/shop' }],
  ['/srv/git/shop', null],
  ['file:///srv/git/shop', null],
  ['C:/git/shop', null],
  ['', null],
])('the place of %j', (url, expected) => expect(repositoryPlace(url)).toEqual(expected));

test.each([
  ['https://github.com/acme/shop', 'git@github.com:Acme/shop.git', true],
  ['https://github.com/acme/shop', 'https://cache.example.org/github.com/acme/shop', true],
  ['https://github.com/acme/shop', '/srv/git/other', true],
  ['', 'https://github.com/acme/shop', true],
  ['https://github.com/acme/shop', 'https://github.com/acme/workshop', false],
  ['https://github.com/acme/shop', 'https://github.com/other/shop', false],
])('%j may be %j: %s', (one, other, same) => expect(maybeSameRepository(one, other)).toBe(same));
