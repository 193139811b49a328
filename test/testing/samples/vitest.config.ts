import { defineConfig } from 'vitest/config';

/** The samples are run by test/testing/runners.test.ts; some of them must fail. */
export default defineConfig({
  resolve: { tsconfigPaths: true },
  test: { include: ['test/testing/samples/*_vitest.ts'] },
});
