/** Bundles `pyca` for the wheel: `node python/bundle.ts FOLDER`. The operator, most of the code, has no place on a laptop. */

import type { Plugin } from 'esbuild';
import { bundlePyca } from '../image/bundling.ts';

const withoutOperator: Plugin = {
  name: 'without-operator',
  setup({ onLoad }) {
    onLoad({ filter: /\/operator\/main\.ts$/ }, () => ({
      contents:
        "import { PycaError } from '../diagnostics/errors.ts';\n" +
        "export async function runOperator() { throw new PycaError('USAGE', 'the operator is in the image alone'); }",
      loader: 'ts',
    }));
  },
};

const [, , out] = process.argv;
if (!out) throw new Error('usage: node python/bundle.ts FOLDER');
await bundlePyca(out, [withoutOperator]);
