// Checks which versions of system libraries a prebuilt addon needs, and whether an old system has them.
import { execFileSync } from 'node:child_process';

/** The versions of RHEL 8 and Debian 10, as in docs/install.md; Node 20 does not run on older systems either. */
export const OLDEST: Readonly<Record<string, string>> = {
  GLIBC: '2.28',
  GLIBCXX: '3.4.25',
  CXXABI: '1.3.11',
  GCC: '7.0.0',
};

/** Returns the symbol versions that an ELF file needs, such as GLIBC_2.17. */
export function versionsNeeded(file: string): readonly string[] {
  const text = execFileSync('readelf', ['--wide', '--version-info', file], { encoding: 'utf8', stdio: 'pipe' });
  const names = [...text.matchAll(/Name: (\w+_[\d.]+)/g)].map(([, name]) => name as string);
  if (names.length === 0)
    throw new Error(`readelf finds no symbol version in ${file}: check that it is the built addon`);
  return [...new Set(names)];
}

/** Returns the versions that an old system does not have, and those of a library that is not in OLDEST. */
export function tooNew(needed: readonly string[]): readonly string[] {
  return needed.filter((name) => {
    const oldest = OLDEST[libraryOf(name)];
    return oldest === undefined || compare(versionOf(name), oldest) > 0;
  });
}

/** Returns the newest version of each library. */
export function newest(needed: readonly string[]): readonly string[] {
  const libraries = [...new Set(needed.map(libraryOf))];
  return libraries.flatMap((library) =>
    needed
      .filter((name) => libraryOf(name) === library)
      .sort((a, b) => compare(versionOf(a), versionOf(b)))
      .slice(-1),
  );
}

function libraryOf(name: string): string {
  return name.slice(0, name.lastIndexOf('_'));
}

function versionOf(name: string): string {
  return name.slice(name.lastIndexOf('_') + 1);
}

function compare(a: string, b: string): number {
  const right = b.split('.').map(Number);
  const differences = a.split('.').map((part, i) => Number(part) - (right[i] ?? 0));
  return differences.find((difference) => difference !== 0) ?? a.split('.').length - right.length;
}
