import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { newest, tooNew, versionsNeeded } from '../../scripts/prebuilt/versions.js';

describe('the check of the library versions that a prebuilt addon needs', () => {
  it('names the versions that an old system does not have', () => {
    const fine = ['GLIBC_2.2.5', 'GLIBC_2.17', 'GLIBC_2.28', 'GLIBCXX_3.4', 'GLIBCXX_3.4.25', 'CXXABI_1.3.11'];
    const bad = ['GLIBC_2.28.1', 'GLIBC_2.34', 'GLIBC_3', 'GLIBCXX_3.4.29', 'CXXABI_1.3.13', 'OPENSSL_1.1.0'];
    expect(tooNew([...fine, ...bad])).toEqual(bad);
  });

  it('compares versions as numbers', () => {
    expect(newest(['GLIBC_2.9', 'GLIBC_2.14', 'GLIBC_2.2.5', 'CXXABI_1.3'])).toEqual(['GLIBC_2.14', 'CXXABI_1.3']);
  });

  it('reads the versions from the addon', () => {
    const addon = fileURLToPath(new URL('../../build/addon/Release/tirtc.node', import.meta.url));
    expect(versionsNeeded(addon)).toEqual(expect.arrayContaining([expect.stringMatching(/^GLIBC_2\.\d+/)]));
    expect(() => versionsNeeded(process.execPath.replace(/node$/, 'no such file'))).toThrow(/readelf/);
  });
});
