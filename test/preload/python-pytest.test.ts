/** pytest, which rewrites the assertions of test files, and pytest-cov beside us: theirs and ours both right. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Application, marks, preload, statesOfMarked } from './python/application.ts';
import { pythonPackages } from './python/packages.ts';
import { onSomePythons } from './python/sample.ts';

const CART = `def total(prices, discount=0): #+
    if discount > 100: #+
        raise ValueError("too much") #+
    if discount == 50: #+
        return sum(prices) / 2 #-
    return sum(prices) * (100 - discount) // 100 #+
`;
const TESTS = `import pytest #+
from shop.cart import total #+
@pytest.fixture #+
def prices(): #+
    yield [1, 2, 3] #+
    print("torn down") #+
def test_total(prices): #+
    assert total(prices) == 6, "the sum" #+
    assert [ #+
        n for n in prices
    ] == prices
@pytest.mark.parametrize("discount", [0, 10, 101]) #+
def test_discount(prices, discount): #+
    if discount > 100: #+
        with pytest.raises(ValueError): #+
            total(prices, discount) #+
    else:
        assert total(prices, discount) <= 6 #+
@pytest.mark.skip #+
def test_skipped(): #+
    assert False #-
def test_failing(prices): #+
    x = total(prices) #+
    assert x == 7 #+
    print("never") #-
`;
const FILES = { 'shop/__init__.py': '', 'shop/cart.py': CART, 'tests/test_cart.py': TESTS };

onSomePythons('pytest', (python) => {
  const outcome = (output: string) => output.replace(/ in [\d.]+s/g, '').replace(/\d+%.*/g, '');

  test('has the same outcome, and lines of code and tests are marked', () => {
    const application = new Application(python, FILES);
    const PYTHONPATH = `${preload}:${pythonPackages(python, 'pytest')}`;
    const args = ['-m', 'pytest', '-p', 'no:cacheprovider', '-v'];
    const plain = application.run(args, { PYTHONPATH: PYTHONPATH.replace(`${preload}:`, ''), PYCA_DATA: undefined });
    const injected = application.run(args, { PYTHONPATH });
    expect(outcome(injected.stdout)).toBe(outcome(plain.stdout));
    expect(injected).toMatchObject({ status: 1, stderr: '' });
    expect(injected.stdout).toContain('assert 6 == 7');
    expect(application.lines('shop/cart.py')).toBe(marks(CART));
    expect(statesOfMarked(application.lines('tests/test_cart.py'), TESTS)).toBe(marks(TESTS));
    expect(application.mapped()).toEqual(['__init__.py', 'cart.py', 'test_cart.py']);
  });

  test('with bytecode of its own that is found again', () => {
    const application = new Application(python, FILES);
    const PYTHONPATH = `${preload}:${pythonPackages(python, 'pytest')}`;
    const args = ['-m', 'pytest', '-p', 'no:cacheprovider', '-q'];
    for (const start of ['first', 'second']) {
      const { status } = application.run(args, { PYTHONPATH, PYTHONDONTWRITEBYTECODE: undefined });
      expect([start, status]).toEqual([start, 1]);
      expect(application.lines('shop/cart.py')).toBe(marks(CART));
      expect(statesOfMarked(application.lines('tests/test_cart.py'), TESTS)).toBe(marks(TESTS));
    }
  });

  test('with pytest-cov', () => {
    const application = new Application(python, FILES);
    const PYTHONPATH = `${preload}:${pythonPackages(python, 'pytest', 'pytest-cov')}`;
    const json = join(application.folder, 'coverage.json');
    const args = ['-m', 'pytest', '-p', 'no:cacheprovider', '--cov=shop', `--cov-report=json:${json}`, '-q'];
    const covered = (changes: Record<string, string | undefined>) => {
      const { status } = application.run(args, { COVERAGE_FILE: join(application.folder, 'coverage'), ...changes });
      const { files } = JSON.parse(readFileSync(json, 'utf8'));
      const { executed_lines, missing_lines } = files['shop/cart.py'];
      return { status, executed_lines, missing_lines };
    };
    const plain = covered({ PYTHONPATH: PYTHONPATH.replace(`${preload}:`, ''), PYCA_DATA: undefined });
    expect(plain).toEqual({ status: 1, executed_lines: [1, 2, 3, 4, 6], missing_lines: [5] });
    expect(covered({ PYTHONPATH })).toEqual(plain);
    expect(application.lines('shop/cart.py')).toBe(marks(CART));
    expect(statesOfMarked(application.lines('tests/test_cart.py'), TESTS)).toBe(marks(TESTS));
  });
});
