import { defineConfig } from 'vitest/config';

/** `npm run test:sqlite`: needs a Node with SQLite, or better-sqlite3, so it is not part of `npm test`. */
export default defineConfig({
  resolve: { tsconfigPaths: true },
  test: {
    include: ['test/sqlite/*.sqlite.ts'],
    testTimeout: 30_000,
  },
});
