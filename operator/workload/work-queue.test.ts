import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { WorkQueue } from './work-queue.ts';

function recorded(handle: (key: string) => Promise<void>, more: { concurrency?: number } = {}) {
  const failed: [string, number][] = [];
  const queue = new WorkQueue({
    handle,
    onError: (key, _, failures) => failed.push([key, failures]),
    backoff: () => 5,
    ...more,
  });
  return { queue, failed };
}

test('a key that is added while it runs runs once more, and never twice at once', async () => {
  let running = 0;
  let most = 0;
  let runs = 0;
  const { queue } = recorded(async () => {
    running += 1;
    runs += 1;
    most = Math.max(most, running);
    await sleep(10);
    running -= 1;
  });
  queue.add('a');
  queue.add('a');
  queue.add('a');
  await sleep(60);
  expect([runs, most]).toEqual([2, 1]);
});

test('keys run side by side, as many as are allowed', async () => {
  let running = 0;
  let most = 0;
  const done: string[] = [];
  const { queue } = recorded(
    async (key) => {
      running += 1;
      most = Math.max(most, running);
      await sleep(5);
      running -= 1;
      done.push(key);
    },
    { concurrency: 2 },
  );
  for (const key of ['a', 'b', 'c', 'd', 'e']) queue.add(key);
  await sleep(80);
  expect(most).toBe(2);
  expect(done.sort()).toEqual(['a', 'b', 'c', 'd', 'e']);
});

test('a key that failed comes again until it works, and its failures are counted anew afterwards', async () => {
  let runs = 0;
  const { queue, failed } = recorded(async () => {
    runs += 1;
    if (runs < 3 || runs === 4) throw new Error('not yet');
  });
  queue.add('a');
  await sleep(60);
  expect(failed).toEqual([
    ['a', 1],
    ['a', 2],
  ]);
  queue.add('a');
  await sleep(60);
  expect(failed.at(-1)).toEqual(['a', 1]);
});

test('stopping waits for what runs and starts nothing more', async () => {
  const done: string[] = [];
  const { queue } = recorded(
    async (key) => {
      await sleep(20);
      done.push(key);
    },
    { concurrency: 1 },
  );
  queue.add('a');
  queue.add('b');
  queue.addAfter('c', 1);
  await queue.stop();
  queue.add('d');
  await sleep(50);
  expect(done).toEqual(['a']);
});
