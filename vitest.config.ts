import { defineConfig } from 'vitest/config';

/** `unit`: beside the source, quick. `preload`: real programs under the hook. `broker`: a real RabbitMQ. `cluster`: a real Kubernetes. */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['{coverage,diagnostics,agent,operator,crds,charts,image}/**/*.test.ts'],
          testTimeout: 20_000,
        },
      },
      { test: { name: 'preload', include: ['test/preload/**/*.test.ts'], testTimeout: 120_000 } },
      { test: { name: 'broker', include: ['test/broker/**/*.test.ts'], testTimeout: 120_000, fileParallelism: false } },
      {
        test: {
          name: 'cluster',
          include: ['test/e2e/**/*.test.ts'],
          testTimeout: 600_000,
          hookTimeout: 1_800_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
