/** Data tables of thousands of lines: quadratic for LINE events before 3.14, and collected all the same. */

import { expect, test } from 'vitest';
import { Application } from './python/application.ts';
import { onEachPython } from './python/pythons.ts';

onEachPython('very large code', (python) => {
  const rows = Array.from({ length: 10_000 }, (_, n) => `    "key${n}": [${n}, "v${n}", (${n}, x)],`);

  test('costs little more than to compile it, and has all its lines marked', () => {
    const application = new Application(python, { 'large.py': `x = 1\nD = {\n${rows.join('\n')}\n}\n` });
    const start = 'import time\nt = time.process_time()\nimport large\nprint(time.process_time() - t)\n';
    application.write('start.py', start);
    const seconds = Number(application.runs(['start.py']));
    const plain = Number(application.runs(['start.py'], { PYCA_DATA: undefined }));
    expect(seconds).toBeLessThan(plain * 4 + 0.2); // By LINE events it takes 20 to 60 times as long.
    expect(application.lines('large.py')).toBe(`++${'+'.repeat(rows.length)}.`);
  });

  test('ended by an exception halfway, then called again: each line as it ran', () => {
    const body = rows.slice(0, 3000).map((row, n) => (n === 1500 ? '    "bad": 1 // x,' : row));
    const source = `def make(x):\n    return {\n${body.join('\n')}\n    }\n`;
    const start =
      'import app, sys\ntry: app.make(0)\nexcept ZeroDivisionError: pass\nif len(sys.argv) > 1: app.make(1)\n';
    const application = new Application(python, { 'app.py': source, 'start.py': start });
    application.runs(['start.py']);
    // The values come first, 17 at most at a time: which lines of a table ran is for coverage.py's statements to fold.
    const ran = application.lines('app.py') ?? '';
    expect(ran.slice(2, 1500)).toMatch(/^\++$/);
    expect(ran.slice(1530, 3000)).toMatch(/^-+$/);
    application.runs(['start.py', 'again']);
    expect(application.lines('app.py')).toBe(`++${'+'.repeat(3000)}.`);
  });
});
