/** Plain JSON against the API server, over client-node's KubeConfig (credentials, CA, proxy). */

import { HttpMethod, IsomorphicFetchHttpLibrary, type KubeConfig, RequestContext } from '@kubernetes/client-node';
import { PycaError } from '../../diagnostics/errors.ts';
import type { KubernetesObject } from './objects.ts';
import { pathOf, type Resource } from './resources.ts';

/** What the API server answered when it refused. */
export class KubernetesApiError extends PycaError {
  readonly status: number;
  readonly reason: string;

  constructor(request: string, status: number, reason: string, message: string) {
    super('KUBERNETES_API', `${request}: ${status} ${message || reason}`);
    this.status = status;
    this.reason = reason;
  }
}

export const isNotFound = (error: unknown): boolean => statusOf(error) === 404;
/** Someone else was first: read again, then decide again. */
export const isConflict = (error: unknown): boolean => statusOf(error) === 409;

export function statusOf(error: unknown): number | undefined {
  return error instanceof KubernetesApiError ? error.status : undefined;
}

export interface Selection {
  namespace?: string | undefined;
  labelSelector?: string | undefined;
  fieldSelector?: string | undefined;
}

interface Page<T> {
  items: T[];
  metadata: { resourceVersion: string; continue?: string };
}

type PatchType = 'application/merge-patch+json' | 'application/json-patch+json';
type Method = (typeof HttpMethod)[keyof typeof HttpMethod];

const FIELD_MANAGER = 'pyca-operator';

export class KubernetesClient {
  readonly config: KubeConfig;
  readonly #timeoutMs: number;
  readonly #http = new IsomorphicFetchHttpLibrary();
  /** client-node makes a new connection pool for each request; the first one is kept until a request fails on it. */
  #pool: ReturnType<RequestContext['getDispatcher']>;

  constructor(config: KubeConfig, timeoutMs = 10_000) {
    this.config = config;
    this.#timeoutMs = timeoutMs;
  }

  /** The object, or undefined where there is none. */
  async get<T>(resource: Resource, namespace: string | undefined, name: string): Promise<T | undefined> {
    try {
      return await this.request<T>(HttpMethod.GET, pathOf(resource, { namespace, name }));
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  }

  /** All objects, read in pages, and the version at which to start a watch. */
  async list<T>(resource: Resource, selection: Selection = {}): Promise<{ items: T[]; resourceVersion: string }> {
    const items: T[] = [];
    let page: Page<T> | undefined;
    do {
      page = await this.request<Page<T>>(HttpMethod.GET, pathOf(resource, { namespace: selection.namespace }), {
        query: {
          limit: '500',
          continue: page?.metadata.continue,
          labelSelector: selection.labelSelector,
          fieldSelector: selection.fieldSelector,
        },
      });
      items.push(...page.items);
    } while (page.metadata.continue);
    return { items, resourceVersion: page.metadata.resourceVersion };
  }

  async create<T>(resource: Resource, namespace: string | undefined, body: object): Promise<T> {
    return this.request<T>(HttpMethod.POST, pathOf(resource, { namespace }), {
      body: { apiVersion: resource.apiVersion, kind: resource.kind, ...body },
      query: { fieldManager: FIELD_MANAGER },
    });
  }

  /** Merge patch. Put `metadata.resourceVersion` into it to be refused (409) where the object has changed since. */
  async merge<T>(
    resource: Resource,
    namespace: string | undefined,
    name: string,
    patch: object,
    subresource?: string,
  ): Promise<T> {
    return this.#patch(pathOf(resource, { namespace, name, subresource }), patch, 'application/merge-patch+json');
  }

  async patch<T>(resource: Resource, namespace: string | undefined, name: string, operations: object[]): Promise<T> {
    return this.#patch(pathOf(resource, { namespace, name }), operations, 'application/json-patch+json');
  }

  /** Deletes the object; false where it was gone already. With `uid`: only that very object, not a later namesake. */
  async delete(resource: Resource, namespace: string | undefined, name: string, uid?: string): Promise<boolean> {
    try {
      await this.request(HttpMethod.DELETE, pathOf(resource, { namespace, name }), {
        body: { propagationPolicy: 'Background', ...(uid ? { preconditions: { uid } } : {}) },
      });
      return true;
    } catch (error) {
      if (isNotFound(error)) return false;
      throw error;
    }
  }

  async request<T = KubernetesObject>(
    method: Method,
    path: string,
    options: { query?: Record<string, string | undefined>; body?: object; contentType?: string } = {},
  ): Promise<T> {
    const cluster = this.config.getCurrentCluster();
    if (!cluster) throw new PycaError('KUBERNETES_API', 'no cluster: neither a kubeconfig nor a service account');
    const context = new RequestContext(cluster.server + path, method);
    context.setHeaderParam('Accept', 'application/json');
    for (const [key, value] of Object.entries(options.query ?? {})) {
      if (value) context.setQueryParam(key, value);
    }
    if (options.body) {
      context.setHeaderParam('Content-Type', options.contentType ?? 'application/json');
      context.setBody(JSON.stringify(options.body));
    }
    const { status, text } = await this.#send(context, `${method} ${path}`);
    if (status >= 200 && status < 300) return JSON.parse(text) as T;
    const refusal = parseRefusal(text);
    throw new KubernetesApiError(`${method} ${path}`, status, refusal.reason ?? '', refusal.message ?? '');
  }

  async #send(context: RequestContext, name: string): Promise<{ status: number; text: string }> {
    context.setSignal(AbortSignal.timeout(this.#timeoutMs));
    try {
      await this.config.applySecurityAuthentication(context);
      this.#pool ??= context.getDispatcher();
      if (this.#pool) context.setDispatcher(this.#pool);
      const response = await this.#http.send(context).toPromise();
      return { status: response.httpStatusCode, text: await response.body.text() };
    } catch (error) {
      this.#pool = undefined;
      throw new PycaError('KUBERNETES_API', `${name}: ${explain(error)}`, { cause: error });
    }
  }

  #patch<T>(path: string, body: object, contentType: PatchType): Promise<T> {
    return this.request<T>(HttpMethod.PATCH, path, { body, contentType, query: { fieldManager: FIELD_MANAGER } });
  }
}

function parseRefusal(text: string): { reason?: string; message?: string } {
  try {
    return JSON.parse(text) as { reason?: string; message?: string };
  } catch {
    return { message: text.slice(0, 200) };
  }
}

/** fetch says only "fetch failed"; why it did stands in the cause. */
function explain(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return cause instanceof Error ? cause.message || cause.name : String(cause);
}
