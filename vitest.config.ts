import { defineConfig } from 'vitest/config';

export default defineConfig({
  resolve: { tsconfigPaths: true }, // 'tirtc-emulator' is lib/, not what was last built into dist/
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 10_000,
    unstubGlobals: true,
    restoreMocks: true,
  },
});
