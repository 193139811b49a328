import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** An entry of package-lock.json, as far as it is needed here. */
export interface LockedPackage {
  readonly version: string;
  readonly license?: string;
  readonly integrity?: string;
  readonly dev?: boolean;
  readonly devOptional?: boolean;
  readonly optional?: boolean;
  readonly peer?: boolean;
}

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** Returns the locked packages by their path, without the project itself. */
export function lockedPackages(): ReadonlyMap<string, LockedPackage> {
  const { packages } = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8'));
  return new Map(Object.entries<LockedPackage>(packages).filter(([path]) => path !== ''));
}

/** Returns the paths of the packages that an installation of this package brings, sorted. */
export function installedPackages(): readonly string[] {
  const isForUsers = ({ dev, devOptional, optional, peer }: LockedPackage): boolean =>
    !(dev || devOptional || optional || peer);
  return [...lockedPackages()]
    .filter(([, entry]) => isForUsers(entry))
    .map(([path]) => path)
    .sort();
}

function licenceText(path: string): string {
  const folder = join(ROOT, path);
  const file = readdirSync(folder).find((name) => /^licen[cs]e/i.test(name));
  if (file === undefined) throw new Error(`${path} has no licence file`);
  return readFileSync(join(folder, file), 'utf8').replaceAll('\r\n', '\n').trim();
}

const HEAD = `# Third-party licences

Made by \`npm run generate\`. Do not edit.

An installation of this package brings the packages below. None of them is copied into \`dist/\`. The prebuilt addons contain code from the headers of node-addon-api and link the C and C++ libraries of the system. The C library contains no code of others; with \`TIRTC_TLS=mbedtls\` it links the mbedTLS that you provide (Apache-2.0 or GPL-2.0-or-later), whose licence and notice then belong to your product.
`;

/** The text of THIRD_PARTY_LICENSES.md. */
export function renderThirdPartyLicences(): string {
  const locked = lockedPackages();
  const sections = installedPackages().map((path) => {
    const { version, license } = locked.get(path) ?? {};
    return `## ${path.replace(/^.*node_modules\//, '')} ${version}\n\n${license}\n\n\`\`\`text\n${licenceText(path)}\n\`\`\`\n`;
  });
  return [HEAD, ...sections].join('\n');
}
