import { expect, test } from 'vitest';
import { sourcePath } from './source-path.ts';

test.each([
  ['/app/cart.py', '/app', [], 'cart.py'],
  ['/app/cart.py', '/app/', [], 'cart.py'],
  ['/app/shop/cart.py', '/', [], 'app/shop/cart.py'],
  ['/application/cart.py', '/app', [], '/application/cart.py'],
  ['/opt/lib/money.py', '/app', [], '/opt/lib/money.py'],
  ['/app/cart.py', '', [], 'app/cart.py'],
])('%s below %s is %4$s', (path, root, mapping, expected) => {
  expect(sourcePath(path, root, mapping)).toBe(expected);
});

test.each([
  [[{ from: '/app', to: 'services/checkout' }], 'services/checkout/src/cart.py'],
  [[{ from: '/app/', to: 'services/checkout/' }], 'services/checkout/src/cart.py'],
  [[{ from: 'src', to: 'lib' }], 'lib/cart.py'],
  [[{ from: '/app/src', to: '' }], 'cart.py'],
  [[{ from: '/other', to: 'x' }], 'src/cart.py'],
  [
    [
      { from: '/app', to: 'short' },
      { from: '/app/src', to: 'long' },
    ],
    'long/cart.py',
  ],
  [
    [
      { from: '/app/src', to: 'long' },
      { from: '/app', to: 'short' },
    ],
    'long/cart.py',
  ],
])('with mapping %j, /app/src/cart.py is %s', (mapping, expected) => {
  expect(sourcePath('/app/src/cart.py', '/app', mapping)).toBe(expected);
});

test('a name that is not UTF-8 is one that every reader of a report takes', () => {
  expect(sourcePath('/app/caf\udce9/cart.py', '/app')).toBe('caf\ufffd/cart.py');
});
