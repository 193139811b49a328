// Which versions of the system's libraries a prebuilt addon asks for, and whether an old system has them.
import { execFileSync } from 'node:child_process';

/** What RHEL 8 and Debian 10 have; nothing older runs Node 20 either. docs/install.md says so. */
export const OLDEST: Readonly<Record<string, string>> = {
  GLIBC: '2.28',
  GLIBCXX: '3.4.25',
  CXXABI: '1.3.11',
  GCC: '7.0.0',
};

/** The versions of symbols that an ELF file needs, such as GLIBC_2.17. */
export function versionsNeeded(file: string): readonly string[] {
  const text = execFileSync('readelf', ['--wide', '--version-info', file], { encoding: 'utf8', stdio: 'pipe' });
  const names = [...text.matchAll(/Name: (\w+_[\d.]+)/g)].map(([, name]) => name as string);
  if (names.length === 0) throw new Error(`readelf finds no version in ${file}, so that nothing can be checked`);
  return [...new Set(names)];
}

/** Those that an old system does not have, and those of a library that is not in OLDEST. */
export function tooNew(needed: readonly string[]): readonly string[] {
  return needed.filter((name) => {
    const oldest = OLDEST[libraryOf(name)];
    return oldest === undefined || compare(versionOf(name), oldest) > 0;
  });
}

/** The newest of each library. */
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
