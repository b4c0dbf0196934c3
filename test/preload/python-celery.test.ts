/** Celery with forked workers: the lines of tasks are those of the worker that ran them. */

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Application, marks, preload } from './python/application.ts';
import { pythonPackages } from './python/packages.ts';
import { onSomePythons } from './python/sample.ts';
import { Server, until } from './python/server.ts';

const TASKS = `from celery import Celery #+
app = Celery("tasks", broker="filesystem://", backend="file://results") #+
app.conf.update( #+
    broker_transport_options={"data_folder_in": "queue", "data_folder_out": "queue", "control_folder": "control", "polling_interval": 0.05}, #+
    worker_hijack_root_logger=False, #+
)
def double(n): #+
    return 2 * n #+
@app.task #+
def work(n): #+
    if n < 0: #+
        return None #-
    return double(n) #+
@app.task #+
def fail(): #+
    raise ValueError("as it should") #+
@app.task #+
def never(): #+
    return 1 #-
`;

const CLIENT = `import tasks
results = [tasks.work.delay(n) for n in range(4)]
failure = tasks.fail.delay()
print([result.get(timeout=60) for result in results], repr(failure.get(timeout=60, propagate=False)))
`;

onSomePythons('celery', (python) => {
  test('runs tasks in two forked workers', async () => {
    const application = new Application(python, { 'tasks.py': TASKS, 'client.py': CLIENT });
    for (const folder of ['queue', 'control', 'results']) mkdirSync(join(application.app, folder));
    const installed = pythonPackages(python, 'celery');
    const worker = new Server(
      application,
      [
        python.command,
        '-m',
        'celery',
        '-A',
        'tasks',
        'worker',
        '--pool',
        'prefork',
        '--concurrency',
        '2',
        '-l',
        'info',
      ],
      application.environment({ PYTHONPATH: `${preload}:${installed}` }),
    );
    const PYTHONPATH = installed;
    await until(
      () => worker.output,
      (output) => / ready\.\n/.test(output),
    );
    // The client goes uncollected: what is marked was run by the worker.
    expect(application.runs(['client.py'], { PYTHONPATH })).toBe("[0, 2, 4, 6] ValueError('as it should')\n");
    expect(application.lines('tasks.py')).toBe(marks(TASKS));
    expect(application.mapped()).toEqual(['tasks.py']);
    expect(worker.output).not.toMatch(/pyca_|sitecustomize/);
  });
});
