/** Bundles `pyca`: pyca.js loads the chunk of the command that is asked for and no other. */

import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build, type Metafile, type Plugin } from 'esbuild';

const root = join(import.meta.dirname, '..');

/** zod brings its messages in some fifty languages: half of what the agent would hold in memory. */
const englishOnly: Plugin = {
  name: 'english-only',
  setup({ onLoad }) {
    onLoad({ filter: /\/zod\/v4\/locales\/index\.js$/ }, () => ({
      contents: "export { default as en } from './en.js'",
    }));
  },
};

/** Into `out`, which is emptied. Tells what each file there is made of. */
export async function bundlePyca(out: string, plugins: Plugin[] = []): Promise<Metafile> {
  rmSync(out, { recursive: true, force: true });
  const { metafile } = await build({
    absWorkingDir: root,
    metafile: true,
    entryPoints: { pyca: join(root, 'bin/pyca.ts') },
    outdir: out,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    minify: true,
    keepNames: true,
    legalComments: 'linked',
    chunkNames: '[name]-[hash]',
    // Dependencies that are CommonJS ask for Node's own modules by require().
    banner: {
      js: "import{createRequire as pycaRequire}from'node:module';const require=pycaRequire(import.meta.url);",
    },
    logLevel: 'warning',
    plugins: [englishOnly, ...plugins],
  });
  writeFileSync(join(out, 'package.json'), '{"type":"module"}\n');
  return metafile;
}
