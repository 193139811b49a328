import { defineConfig } from 'tsup';

/** dist/: every entry of package.json's "exports" as ESM and CJS with types for both, and the `tirtc` program. */
export default defineConfig([
  {
    entry: {
      index: 'lib/index.ts',
      service: 'lib/service/index.ts',
      sim: 'lib/sim/index.ts',
      testing: 'lib/testing/index.ts',
      browser: 'lib/browser.ts',
      flat: 'lib/flat/index.ts',
    },
    format: ['esm', 'cjs'],
    target: 'node20',
    outDir: 'dist',
    splitting: true,
    sourcemap: true,
    shims: true, // import.meta.url in CJS: the addon is looked for from the package's own folder
    dts: { compilerOptions: { ignoreDeprecations: '6.0' } },
  },
  {
    entry: { 'cli/main': 'lib/cli/main.ts' },
    format: ['esm'],
    target: 'node20',
    outDir: 'dist',
    sourcemap: true,
  },
]);
