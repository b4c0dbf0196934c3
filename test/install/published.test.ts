/** The promise of `pyca install`: every line that a short script ran is in the published report, and the script hardly notices. */

import { execFileSync } from 'node:child_process';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { Inbox, until } from '../broker/inbox.ts';
import { RabbitMq } from '../broker/rabbitmq.ts';
import { inChroot, onEachPython } from '../preload/python/pythons.ts';
import { Laptop } from './laptop.ts';

const user = { name: 'coverage', password: 'coverage123' };
const SCRIPT = `import time

def price(count):
    if count > 10:
        return 9 * count
    return 10 * count

total = 0
for count in range(20):
    total += price(count)
time.sleep(0.03)
if total < 0:
    print("never")
`;
const RAW = 'mode: count\napp.py:1.0,1.0 1 1\napp.py:3.0,6.0 4 1\napp.py:8.0,12.0 5 1\napp.py:13.0,13.0 1 0\n';

let broker: RabbitMq;
beforeAll(async () => {
  broker = await RabbitMq.start([user]);
});
afterAll(() => broker.stop());

onEachPython('a short script under pyca install', (python) => {
  let laptop: Laptop;
  beforeEach(() => {
    laptop = new Laptop(python).install();
    laptop.write('app.py', SCRIPT);
  });
  afterEach(() => laptop.end());

  test('prints nothing more, and all that it ran is in a file', async () => {
    const { status, stdout, stderr } = laptop.run(['app.py']);
    expect([status, stdout, stderr]).toEqual([0, '', '']);
    await until(async () => laptop.reports().length === 1, 'the report');
    expect(laptop.reports()[0]?.coverage).toEqual({ format: 'pyca', raw: RAW });
  });

  test('all that it ran is at the broker', async () => {
    const exchange = `exchange-${python.version}`;
    const inbox = await Inbox.open(broker.url(user), exchange, { declare: { type: 'topic', durable: true } });
    laptop.run(['app.py'], { PYCA_SINK: undefined, PYCA_RABBITMQ_URL: broker.url(user), PYCA_EXCHANGE: exchange });
    const { report } = await inbox.wait(1);
    expect(report.coverage.raw).toBe(RAW);
    expect(laptop.log()).not.toContain(user.password);
  });

  // In a chroot a Python starts twice.
  test.skipIf(inChroot(python))('it takes 10 ms of the processor more at most', { retry: 2 }, () => {
    const plain = new Laptop(python);
    const times = execFileSync(laptop.command, ['-I', '-c', STOPWATCH, plain.command, laptop.command, 'app.py'], {
      cwd: laptop.project,
      env: laptop.environment(),
      encoding: 'utf8',
    });
    void plain.end();
    const differences: number[] = JSON.parse(times);
    const median = differences.sort((a, b) => a - b)[Math.floor(differences.length / 2)];
    expect(median).toBeLessThanOrEqual(10);
  });
});

/** Runs the two in turn; prints how much more of the processor the second took, in ms: the time on the wall is also others'. */
const STOPWATCH = `
import json, os, sys
def took(command):
    _, _, usage = os.wait4(os.posix_spawn(command, [command, *sys.argv[3:]], os.environ), 0)
    return (usage.ru_utime + usage.ru_stime) * 1000
print(json.dumps([took(sys.argv[2]) - took(sys.argv[1]) for _ in range(15)]))
`;
