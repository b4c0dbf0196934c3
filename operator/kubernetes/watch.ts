/** A list + watch that does not stop: whatever ends it, it goes on from where it was, or lists anew. */

import { setTimeout as sleep } from 'node:timers/promises';
import { Watch } from '@kubernetes/client-node';
import { describeError } from '../../diagnostics/errors.ts';
import type { Logger } from '../../diagnostics/logger.ts';
import { backoffMs } from './backoff.ts';
import { type KubernetesClient, type Selection, statusOf } from './client.ts';
import { type KubernetesObject, keyOf } from './objects.ts';
import { pathOf, type Resource } from './resources.ts';
import { Store } from './store.ts';

/*
 * what ends a watch                     | then
 * --------------------------------------+---------------------------------------------------------
 * the server, after timeoutSeconds      | watch on from the last version seen (a bookmark, mostly)
 * 410: that version is compacted        | list anew
 * any other error                       | back off, watch on; list anew after the third in a row
 * no word by the client's own deadline  | the connection is dead: hang up, then as for an error
 * ends at once, again and again         | as for an error, or it would spin
 */
export type RestartCause = 'gone' | 'error' | 'silent';

export interface WatchOptions<Raw extends KubernetesObject, T> {
  client: KubernetesClient;
  resource: Resource;
  selection?: Selection;
  /** What to keep of an object; undefined keeps nothing. */
  project: (object: Raw) => T | undefined;
  /** Called after the store has changed, never during the first listing's half-way state. */
  onChange?: (key: string, current: T | undefined, previous: T | undefined) => void;
  onRestart?: (cause: RestartCause) => void;
  log: Logger;
  /** Under the 30 s of silence after which client-node hangs up by itself. */
  timeoutSeconds?: number;
  /** How much longer than that a watch may last before it is taken for dead. */
  graceSeconds?: number;
}

const RELIST_AFTER_FAILURES = 3;
const SHORTEST_HEALTHY_MS = 1_000;

class Gone extends Error {}
class Silent extends Error {}

export class Watcher<Raw extends KubernetesObject, T> {
  readonly store = new Store<T>();
  readonly synced: Promise<void>;
  readonly #options: WatchOptions<Raw, T>;
  readonly #stop = new AbortController();
  readonly #versions = new Map<string, string>();
  #resourceVersion = '';
  #markSynced: () => void = () => {};
  #running: Promise<void> | undefined;

  constructor(options: WatchOptions<Raw, T>) {
    this.#options = options;
    this.synced = new Promise((resolve) => {
      this.#markSynced = resolve;
    });
  }

  start(): this {
    this.#running ??= this.#run();
    return this;
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    let failures = 0;
    while (!this.#stop.signal.aborted) {
      const began = Date.now();
      try {
        if (!this.#resourceVersion) await this.#relist();
        const events = await this.#watch();
        if (events === 0 && Date.now() - began < SHORTEST_HEALTHY_MS) throw new Error('the watch ended at once');
        failures = 0;
      } catch (error) {
        if (this.#stop.signal.aborted) return;
        failures += 1;
        await this.#recover(error, failures);
      }
    }
  }

  async #recover(error: unknown, failures: number): Promise<void> {
    const gone = error instanceof Gone || statusOf(error) === 410;
    const cause = gone ? 'gone' : error instanceof Silent ? 'silent' : 'error';
    if (gone || failures % RELIST_AFTER_FAILURES === 0) this.#resourceVersion = '';
    this.#options.onRestart?.(cause);
    const { resource, log } = this.#options;
    log.warn({ resource: resource.plural, cause, failures, reason: describeError(error).message }, 'watch restarts');
    if (gone && failures === 1) return;
    await sleep(backoffMs(failures, 500, 10_000), undefined, { signal: this.#stop.signal }).catch(() => {});
  }

  async #relist(): Promise<void> {
    const { client, resource, selection } = this.#options;
    const { items, resourceVersion } = await client.list<Raw>(resource, selection);
    const present = new Set<string>();
    for (const item of items) {
      present.add(keyOf(item.metadata));
      this.#accept(item);
    }
    for (const key of [...this.#versions.keys()]) {
      if (!present.has(key)) this.#forget(key);
    }
    this.#resourceVersion = resourceVersion;
    this.#markSynced();
  }

  /** One watch request, to its end; how many events it brought. */
  #watch(): Promise<number> {
    const { client, resource, selection, timeoutSeconds = 25, graceSeconds = 4 } = this.#options;
    return new Promise((resolve, reject) => {
      let events = 0;
      let over = false;
      const finish = (error?: unknown) => {
        if (over) return;
        over = true;
        clearTimeout(deadline);
        this.#stop.signal.removeEventListener('abort', onStop);
        request.then(
          (controller) => controller.abort(),
          () => {},
        );
        if (error) reject(asWatchError(error));
        else resolve(events);
      };
      const onStop = () => finish();
      const deadline = setTimeout(
        () => finish(new Silent(`no end after ${timeoutSeconds + graceSeconds} s`)),
        (timeoutSeconds + graceSeconds) * 1_000,
      );
      const request = new Watch(client.config).watch(
        pathOf(resource, { namespace: selection?.namespace }),
        {
          resourceVersion: this.#resourceVersion,
          allowWatchBookmarks: true,
          timeoutSeconds,
          labelSelector: selection?.labelSelector,
          fieldSelector: selection?.fieldSelector,
        },
        (type: string, object: Raw) => {
          if (over) return;
          events += 1;
          if (type === 'ERROR') finish(object);
          else this.#apply(type, object);
        },
        finish,
      );
      request.catch(finish);
      this.#stop.signal.addEventListener('abort', onStop);
    });
  }

  #apply(type: string, object: Raw): void {
    if (type === 'DELETED') this.#forget(keyOf(object.metadata));
    else if (type !== 'BOOKMARK') this.#accept(object);
    this.#resourceVersion = object.metadata.resourceVersion;
  }

  #accept(object: Raw): void {
    const key = keyOf(object.metadata);
    if (this.#versions.get(key) === object.metadata.resourceVersion) return;
    this.#versions.set(key, object.metadata.resourceVersion);
    const kept = this.#options.project(object);
    this.#notify(key, kept, this.store.set(key, kept));
  }

  #forget(key: string): void {
    this.#versions.delete(key);
    this.#notify(key, undefined, this.store.set(key, undefined));
  }

  #notify(key: string, current: T | undefined, previous: T | undefined): void {
    if (current === undefined && previous === undefined) return;
    try {
      this.#options.onChange?.(key, current, previous);
    } catch (err) {
      this.#options.log.error({ err, key }, 'a watch handler failed');
    }
  }
}

/** The stream's ERROR events carry a Status; client-node's own errors a statusCode. */
function asWatchError(error: unknown): Error {
  const { code, statusCode, message, name } = error as {
    code?: number;
    statusCode?: number;
    message?: string;
    name?: string;
  };
  if (code === 410 || statusCode === 410) return new Gone(message ?? 'the version is gone');
  if (name === 'TimeoutError') return new Silent('no data for 30 s');
  if (error instanceof Error) return error;
  return new Error(message ?? JSON.stringify(error));
}
