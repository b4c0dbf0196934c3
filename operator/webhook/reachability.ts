/**
 * Whether the webhook answers where the API server asks it: at the Service. Right after the operator's start it does
 * not yet, and failurePolicy Ignore would let the pods of a switch carried then start as they were.
 */

import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

export interface ReachabilityOptions {
  host: string;
  port: number;
  /** After which the switch is carried all the same: maybe it is only from here that the Service can't be reached. */
  patienceSeconds: number;
  /** The API server may hear of the endpoint a little later than this node. */
  graceSeconds: number;
  signal?: AbortSignal;
}

/** Resolves to false where patience ran out. */
export async function webhookReachable(options: ReachabilityOptions): Promise<boolean> {
  const deadline = Date.now() + options.patienceSeconds * 1_000;
  while (!(await accepts(options))) {
    if (Date.now() > deadline || options.signal?.aborted) return false;
    await sleep(250);
  }
  await sleep(options.graceSeconds * 1_000);
  return true;
}

/** A Service without a ready endpoint refuses, so a connection is all the proof that is needed. */
function accepts({ host, port }: ReachabilityOptions): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: 1_000 });
    const answer = (reached: boolean) => {
      socket.destroy();
      resolve(reached);
    };
    socket.once('connect', () => answer(true));
    socket.once('timeout', () => answer(false));
    socket.once('error', () => answer(false));
  });
}
