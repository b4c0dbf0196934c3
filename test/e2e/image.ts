/** Which images the cluster under test can run. */

import { kubectl } from './kubernetes.ts';

let names: Promise<Set<string>> | undefined;

/** Images for a Python that this machine lacks are not built; their tests are skipped by name. */
export async function imageExists(image: string): Promise<boolean> {
  if (!process.env.KUBECONFIG) return false;
  names ??= loadedImages();
  return (await names).has(image);
}

async function loadedImages(): Promise<Set<string>> {
  const { items } = JSON.parse(await kubectl('get', 'nodes', '-o', 'json')) as {
    items: { status: { images?: { names: string[] }[] } }[];
  };
  return new Set(items.flatMap(({ status }) => status.images ?? []).flatMap(({ names }) => names));
}
