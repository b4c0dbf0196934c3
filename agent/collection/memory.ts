/** Memory that work took goes back to the machine: V8 would keep it for more of the same, but the next is a minute away. */

import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

const SOON = 1_000;
let pending = false;

/** Shortly, once for all who ask in the meantime. */
export function releaseMemorySoon(): void {
  if (pending) return;
  pending = true;
  setTimeout(() => {
    pending = false;
    releaseMemory();
  }, SOON).unref();
}

/** Takes some 50 ms. */
export function releaseMemory(): void {
  setFlagsFromString('--expose-gc');
  const collect: (options: object) => void = runInNewContext('gc');
  // `last-resort` is the one collection after which V8 keeps no free pages.
  collect({ type: 'major', execution: 'sync', flavor: 'last-resort' });
}
