/** Renders the chart with the real helm, for tests. */

import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, globSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadAllYaml } from '@kubernetes/client-node';

export const CHART = fileURLToPath(new URL('pyca', import.meta.url));

export const HELM = findHelm();

/** A helm of one's own, the PATH's, or the one that test/cluster/build-tools.sh has built. */
function findHelm(): string | undefined {
  const { PYCA_TEST_HELM, PYCA_TEST_CACHE, XDG_CACHE_HOME, PATH } = process.env;
  if (PYCA_TEST_HELM) return PYCA_TEST_HELM;
  const cache = PYCA_TEST_CACHE ?? join(XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'pyca');
  const onPath = (PATH ?? '').split(delimiter).map((folder) => join(folder, 'helm'));
  return [...onPath, ...globSync(join(cache, 'tools-*/helm'))].find((file) => existsSync(file));
}

export interface Manifest {
  apiVersion: string;
  kind: string;
  metadata: { name: string; namespace?: string; labels?: Record<string, string>; annotations?: Record<string, string> };
  // biome-ignore lint/suspicious/noExplicitAny: a rendered object is whatever the template says
  [key: string]: any;
}

export interface Rendering {
  manifests: Manifest[];
  text: string;
}

/** As `helm install pyca charts/pyca --namespace pyca-system --set ...` would send it. */
export function render(...set: string[]): Rendering {
  const text = execFileSync(HELM as string, templateArgs(set), { encoding: 'utf8', stdio: 'pipe' });
  return { text, manifests: (loadAllYaml(text) as (Manifest | null)[]).filter((manifest) => manifest !== null) };
}

/** What helm says of values that it refuses. */
export function refusal(...set: string[]): string {
  const { status, stderr } = spawnSync(HELM as string, templateArgs(set), { encoding: 'utf8' });
  if (status === 0) throw new Error(`helm took ${set.join(' ')}`);
  return stderr;
}

function templateArgs(set: string[]): string[] {
  const settings = set.flatMap((pair) => ['--set', pair]);
  return ['template', 'pyca', CHART, '--namespace', 'pyca-system', '--kube-version', '1.34.0', ...settings];
}

/** The objects of a kind, by name. */
export function find(manifests: Manifest[], kind: string, name: string): Manifest {
  const found = manifests.find((manifest) => manifest.kind === kind && manifest.metadata.name === name);
  if (!found) throw new Error(`there is no ${kind} ${name}`);
  return found;
}

/** Each pod spec in a rendering, by `Kind/name`. */
export function podSpecs(manifests: Manifest[]): [string, Manifest[string]][] {
  return manifests.flatMap((manifest) => {
    const spec = manifest.kind === 'Pod' ? manifest.spec : manifest.spec?.template?.spec;
    return spec ? [[`${manifest.kind}/${manifest.metadata.name}`, spec] as [string, Manifest[string]]] : [];
  });
}
