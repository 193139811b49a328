import { defineConfig } from 'vitest/config';

/** npm run test:mosquitto: not a part of npm test, because it needs a package of the system. */
export default defineConfig({
  resolve: { tsconfigPaths: true },
  test: {
    include: ['test/examples/mosquitto/*.mosquitto.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    restoreMocks: true,
  },
});
