import { defineConfig } from 'vitest/config';

/** `npm run test:tls`: needs libmbedtls-dev, so it is not part of `npm test`. */
export default defineConfig({
  resolve: { tsconfigPaths: true },
  test: {
    include: ['test/tls/*.tls.ts'],
    testTimeout: 60_000,
  },
});
