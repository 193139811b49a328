import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { installedPackages, lockedPackages, renderThirdPartyLicences } from '../../scripts/third-party.js';

const read = (file: string): string => readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8');
const packageJson = JSON.parse(read('package.json'));

describe('the supply chain', () => {
  test('every package in the lock file has a hash', () => {
    const without = [...lockedPackages()].filter(
      ([, { integrity }]) => !/^sha512-[A-Za-z0-9+/]{86}==$/.test(integrity ?? ''),
    );
    expect(without.map(([path]) => path)).toEqual([]);
  });

  test('every dependency of the package is among those that an installation brings', () => {
    const names = installedPackages().map((path) => path.replace('node_modules/', ''));
    expect(names).toEqual(expect.arrayContaining(Object.keys(packageJson.dependencies)));
    expect(names.filter((name) => name in packageJson.devDependencies)).toEqual([]);
  });

  test('the packages that an installation brings have permissive licences', () => {
    const licences = installedPackages().map((path) => lockedPackages().get(path)?.license ?? `${path} has none`);
    const permissive = ['MIT', 'ISC', 'BSD-2-Clause', 'BSD-3-Clause', 'Apache-2.0'];
    expect(licences.filter((licence) => !permissive.includes(licence))).toEqual([]);
  });

  test('THIRD_PARTY_LICENSES.md has the licences of the locked packages', async () => {
    await expect(renderThirdPartyLicences()).toMatchFileSnapshot('../../THIRD_PARTY_LICENSES.md');
  });

  test('the SBOM lists the packages that an installation brings, with their hashes', () => {
    const folder = mkdtempSync(join(tmpdir(), 'tirtc-sbom-'));
    try {
      const file = join(folder, 'sbom.json');
      execFileSync('sh', ['scripts/sbom.sh', file], { stdio: 'pipe' });
      const { bomFormat, components } = JSON.parse(readFileSync(file, 'utf8'));
      expect(bomFormat).toBe('CycloneDX');
      const listed = components.map(({ name, version }: Record<string, string>) => `${name}@${version}`).sort();
      const locked = installedPackages().map(
        (path) => `${path.replace('node_modules/', '')}@${lockedPackages().get(path)?.version}`,
      );
      expect(listed).toEqual(locked);
      for (const { name, hashes } of components) expect(hashes, name).toHaveLength(1);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
