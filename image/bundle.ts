/**
 * Bundles `pyca` for the image, into dist/image: pyca.js loads the chunk of the entry point that is asked for and no other,
 * and preload/ holds what the agent installs into pods.
 */

import { cpSync, existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build, type Plugin } from 'esbuild';

const root = join(import.meta.dirname, '..');
const out = join(root, 'dist/image');

/** zod brings its messages in some fifty languages: half of what the agent would hold in memory. */
const englishOnly: Plugin = {
  name: 'english-only',
  setup({ onLoad }) {
    onLoad({ filter: /\/zod\/v4\/locales\/index\.js$/ }, () => ({
      contents: "export { default as en } from './en.js'",
    }));
  },
};

rmSync(out, { recursive: true, force: true });
await build({
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
  plugins: [englishOnly],
});
writeFileSync(join(out, 'package.json'), '{"type":"module"}\n');
copyPreload('env', 'agent/preload/env/build.sh');
copyPreload('python', 'agent/preload/python/compile.sh');

/** A part of the preload, as its script left it in dist/. */
function copyPreload(part: string, script: string): void {
  const built = join(root, 'dist/preload', part);
  if (!existsSync(built)) throw new Error(`${built} is missing: run ${script} first`);
  cpSync(built, join(out, 'preload', part), { recursive: true });
}
