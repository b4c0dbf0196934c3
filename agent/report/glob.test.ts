import { expect, test } from 'vitest';
import { pathFilter } from './glob.ts';

test.each([
  [['shop'], [], 'shop/cart.py', true],
  [['shop'], [], 'shopping/cart.py', false],
  [['shop/*.py'], [], 'shop/cart.py', true],
  [['shop/*.py'], [], 'shop/tax/rates.py', false],
  [['shop/**'], [], 'shop/tax/rates.py', true],
  [['**/test_*.py'], [], 'test_a.py', true],
  [['**/test_*.py'], [], 'a/b/test_a.py', true],
  [['**/tax'], [], 'shop/tax/rates.py', true],
  [['./shop/'], [], 'shop/cart.py', true],
  [['a?.py'], [], 'ab.py', true],
  [['a?.py'], [], 'a.py', false],
  [['a.py'], [], 'abpy', false],
  [['a, shop'], [], 'shop/cart.py', true],
  [['/opt/*'], [], '/opt/lib/money.py', true],
  [['[a].py', '日*'], [], '日本/a.py', true],
  [[], [], 'anything.py', true],
  [[], ['shop/generated'], 'shop/generated/a.py', false],
  [['shop'], ['**/cart.py'], 'shop/cart.py', false],
])('include %j, exclude %j: %s %s', (include, exclude, path, wanted) => {
  expect(pathFilter(include, exclude)(path)).toBe(wanted);
});
