/** The kinds of the Kubernetes API that the operator speaks to, and where they live. */

export interface Resource {
  readonly apiVersion: string;
  readonly kind: string;
  readonly plural: string;
  readonly namespaced: boolean;
}

export const PODS: Resource = { apiVersion: 'v1', kind: 'Pod', plural: 'pods', namespaced: true };
export const SECRETS: Resource = { apiVersion: 'v1', kind: 'Secret', plural: 'secrets', namespaced: true };
export const EVENTS: Resource = { apiVersion: 'v1', kind: 'Event', plural: 'events', namespaced: true };
export const DEPLOYMENTS: Resource = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  plural: 'deployments',
  namespaced: true,
};
export const COVERAGE_AGENTS: Resource = {
  apiVersion: 'pyca.io/v1alpha1',
  kind: 'CoverageAgent',
  plural: 'coverageagents',
  namespaced: true,
};
export const MUTATING_WEBHOOKS: Resource = {
  apiVersion: 'admissionregistration.k8s.io/v1',
  kind: 'MutatingWebhookConfiguration',
  plural: 'mutatingwebhookconfigurations',
  namespaced: false,
};

/** `/apis/apps/v1/namespaces/shop/deployments/checkout/status` */
export function pathOf(
  resource: Resource,
  place: { namespace?: string | undefined; name?: string | undefined; subresource?: string | undefined } = {},
): string {
  const root = resource.apiVersion.includes('/') ? 'apis' : 'api';
  const scope = resource.namespaced && place.namespace ? ['namespaces', encodeURIComponent(place.namespace)] : [];
  const name = place.name ? [encodeURIComponent(place.name)] : [];
  const subresource = place.subresource ? [place.subresource] : [];
  return ['', root, resource.apiVersion, ...scope, resource.plural, ...name, ...subresource].join('/');
}
