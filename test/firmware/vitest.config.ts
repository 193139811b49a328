import { defineConfig } from 'vitest/config';

/** `npm run test:firmware`: needs system packages, so it is not part of `npm test`. */
export default defineConfig({
  resolve: { tsconfigPaths: true },
  test: {
    include: ['test/firmware/*.firmware.ts'],
    testTimeout: 90_000,
    hookTimeout: 300_000,
  },
});
