/** Bytecode that compile.sh puts beside the sources: an application's start is 4 to 6 ms shorter by it. */

import { execFileSync } from 'node:child_process';
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Application, preload } from './python/application.ts';
import { byProbes, onEachPython } from './python/pythons.ts';

onEachPython('the preload with bytecode', (python) => {
  const collector = byProbes(python) ? '_pyca_probes' : '_pyca_collector';
  const compiled = (application: Application) => {
    const folder = join(application.folder, 'preload');
    execFileSync(join(preload, 'compile.sh'), [folder, python.command], { stdio: ['ignore', 'ignore', 'pipe'] });
    return folder;
  };

  test('is run from it', () => {
    const application = new Application(python, { 'app.py': 'x = 1\n' });
    const folder = compiled(application);
    const { stderr } = application.run(['-v', 'app.py'], { PYTHONPATH: folder });
    const suffix = `cpython-${python.series.join('')}.pyc`;
    for (const name of ['sitecustomize', collector, '_pyca_scope', '_pyca_sources', '_pyca_line_map']) {
      expect(stderr).toContain(`# code object from '${folder}/__pycache__/${name}.${suffix}'`);
    }
    expect(application.lines('app.py')).toBe('+');
  });

  test('is run from the source where that is a newer one', () => {
    const application = new Application(python, { 'app.py': 'x = 1\n' });
    const folder = compiled(application);
    appendFileSync(join(folder, `${collector}.py`), 'print("newer")\n');
    expect(application.runs(['app.py'], { PYTHONPATH: folder })).toBe('newer\n');
  });
});
